"""The present moment, and those that options of the command line give."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import overload

from services.faults import Fault

Clock = Callable[[], datetime]
"""Tells what time it is."""


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class NotATime(Fault):
    """The text names no moment."""


@overload
def moment(option: str, text: str) -> datetime: ...


@overload
def moment(option: str, text: None) -> None: ...


@overload
def moment(option: str, text: str | None) -> datetime | None: ...


def moment(option: str, text: str | None) -> datetime | None:
    """Return the moment of an ISO 8601 date (its 00:00) or date-time; UTC without an offset.

    An option that is not given has none.

    Raises
    ------
    NotATime
        The text is neither.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        msg = (
            f"{option}: {text!r} is not a time; expected an ISO 8601 date or date-time, e.g. "
            "2021-04-29, 2021-04-29T12:00 (UTC) or 2021-04-29T18:00+06:00"
        )
        raise NotATime(msg) from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
