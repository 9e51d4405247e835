"""When time itself must be told to a segment: daily while it is fresh, monthly afterwards."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from schemas.base import LATEST

FRESH = timedelta(days=60)
"""How long after its last report a segment is told of every day."""


def next_tick(
    clock: datetime, reported_at: datetime, boundaries: Iterable[datetime] = ()
) -> datetime:
    """Return the first moment after ``clock`` at which the segment is due a tick.

    Ticks fall on UTC midnights and on ``boundaries``, at which silences begin and end, so that a
    tick written twice is the same tick and every worker writes the same ones.
    """
    midnight = clock.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    due = tomorrow
    if tomorrow - reported_at > FRESH and tomorrow.day != 1:
        due = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return min([due, *(at for at in boundaries if at > clock)])


def ticks(
    clock: datetime,
    reported_at: datetime,
    until: datetime,
    boundaries: Collection[datetime] = (),
) -> Iterator[datetime]:
    """Yield the ticks due after ``clock`` and not after ``until``: none to a clock that is past it.

    Nothing is told in the calendar's last year, in which the next tick may lie beyond its end.
    """
    while clock < min(until, LATEST):
        clock = next_tick(clock, reported_at, boundaries)
        if clock > until:
            return
        yield clock
