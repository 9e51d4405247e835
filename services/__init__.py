"""Moves bytes: thin shells around the models; no decision is taken here."""
