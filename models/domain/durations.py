"""Spans of time as people write them: ``2 days``, ``36 hours``, ``90 minutes``."""

import re
from datetime import timedelta

_UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}
_WRITTEN = re.compile(
    r"\s*(?P<number>[+-]?\d+(\.\d+)?)\s*(?P<unit>d|days?|h|hours?|m|min|minutes?|s|seconds?)\s*",
    re.IGNORECASE | re.ASCII,
)


def in_words(span: timedelta) -> str:
    """Return ``span`` in the largest unit that it is a whole number of, else in seconds."""
    for name, unit in _UNITS.items():
        if span % unit == timedelta(0) and (span or name == "second"):
            return _counted(span // unit, name)
    return f"{span.total_seconds():g} seconds"


def read(text: str) -> timedelta | None:
    """Return the span that ``text`` names, e.g. ``2 days`` or ``36h``; None where it names none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    initial = found["unit"][0].lower()
    unit = next(span for name, span in _UNITS.items() if name[0] == initial)
    try:
        return float(found["number"]) * unit
    except OverflowError:
        return None


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
