"""A day in UTC, and how much of it was known: pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from schemas.base import EARLIEST, LATEST
from services.gateway import problems
from services.gateway.problems import Problem

DAY = timedelta(days=1)

MOMENT = timedelta(microseconds=1)
"""What the ledger tells moments apart by."""

BESIDE = 7
"""How many days before it a day is held against."""

FIRST, LAST = EARLIEST.date() + timedelta(days=BESIDE + 1), LATEST.date() - DAY
"""The first and last day that has those before it and one after it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and up to which record time it is told; ``until`` may lie before, in or after it."""

    on: date
    until: datetime

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.on, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next day."""
        return self.begin + DAY

    @property
    def last(self) -> datetime:
        """The last moment of it that is told."""
        return min(self.end - MOMENT, self.until)

    @property
    def beside(self) -> date:
        """The first of the days that it is held against."""
        return self.on - BESIDE * DAY

    @property
    def begun(self) -> bool:
        """Whether any of it is known."""
        return self.until >= self.begin

    @property
    def over(self) -> bool:
        """Whether all of it is known."""
        return self.until >= self.end - MOMENT


def day_of(wanted: date, as_of: datetime | None, now: datetime) -> Day:
    """Return a day as it was known at ``as_of``, else at its end; one that is not over: now."""
    end = datetime.combine(wanted, time(), UTC) + DAY
    return Day(wanted, as_of if as_of is not None else min(end - MOMENT, now))


def asked_day(text: str | None) -> date | None:
    """Return the day that an address asks for.

    Raises
    ------
    Problem
        It is not one.
    """
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not FIRST <= found <= LAST:
        expected = f"expected a date from {FIRST} to {LAST}, e.g. 2021-04-29"
        raise Problem(problems.INVALID, f"day: found {problems.shown(text)}; {expected}")
    return found
