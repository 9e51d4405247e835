"""Readers of other people's event data, one module a source."""
