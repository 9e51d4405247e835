"""When time itself must be told to a segment: daily while it is fresh, monthly afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.base import LATEST

FRESH = timedelta(days=60)
"""How long after its last report a segment is told of every day."""


def next_tick(clock: datetime, reported_at: datetime) -> datetime:
    """Return the first moment after ``clock`` at which the segment is due a tick.

    Ticks fall on UTC midnights, so that a tick written twice is the same tick and every worker,
    live or in a replay, writes the same ones.
    """
    midnight = clock.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    if tomorrow - reported_at <= FRESH or tomorrow.day == 1:
        return tomorrow
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)


def ticks(clock: datetime, reported_at: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the ticks due after ``clock`` and not after ``until``: none to a clock that is past it.

    Nothing is told in the calendar's last year, in which the next tick may lie beyond its end.
    """
    while clock < min(until, LATEST) and (clock := next_tick(clock, reported_at)) <= until:
        yield clock
