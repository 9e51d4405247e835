"""How long ago, and when, in the words of a language: pure."""

from datetime import datetime, timedelta

from services.console.words import Words

_STEPS = (
    ("age.days", timedelta(days=2), timedelta(days=1)),
    ("age.hours", timedelta(hours=2), timedelta(hours=1)),
    ("age.minutes", timedelta(minutes=2), timedelta(minutes=1)),
)
"""From how long on a unit is spoken of, and its length."""


def age(words: Words, since: timedelta) -> str:
    """Return a length of time in one unit; one that is negative counts as none."""
    since = max(since, timedelta())
    for name, least, unit in _STEPS:
        if since >= least:
            return words(name, n=since // unit)
    return words("age.seconds", n=since // timedelta(seconds=1))


def moment(at: datetime) -> str:
    """Return a moment in UTC, as a reader of any country takes it."""
    return f"{at:%Y-%m-%d %H:%M}Z"
