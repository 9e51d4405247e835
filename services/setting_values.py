"""What the text of a variable may be taken for, before its type is looked at."""

import json

from services.addresses import addresses


def servers(value: object) -> object:
    """Check host:port, and take an empty variable for one that is not set."""
    if isinstance(value, str) and value:
        addresses(value)
    return value or None


def given(value: object) -> object:
    """Take an empty variable for one that is not set."""
    return value or None


def listed(value: object) -> object:
    """Take KGZ-TJK,KGZ-UZB as well as a JSON list; refuse a list of nothing."""
    if isinstance(value, str):
        value = _split(value.strip())
    if isinstance(value, list | tuple) and not value:
        raise ValueError("expected at least one border, e.g. KGZ-TJK; unset: the whole world")
    return value


def _split(text: str) -> object:
    if not text.startswith("["):
        return [part.strip().upper() for part in text.split(",") if part.strip()]
    try:
        return json.loads(text)
    except ValueError:
        msg = 'expected names with commas between, e.g. KGZ-TJK,KGZ-UZB, or JSON: ["KGZ-TJK"]'
        raise ValueError(msg) from None
