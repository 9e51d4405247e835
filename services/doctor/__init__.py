"""Examines an installation: what it needs, how that stands, and what to do; it changes nothing."""
