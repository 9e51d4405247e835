"""Tells who sends a request: API keys, bearer tokens of an identity provider, or this machine."""
