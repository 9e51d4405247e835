"""Measures how early warnings came in a replayed history, and how often they came for nothing."""
