"""Delivers alerts to people and systems: who is told what, when, and what came of it."""
