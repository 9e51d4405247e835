"""Holds what is kept against what the log says, and makes it anew from the log."""
