"""Finds where incidents count, by the log of observations."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date

from models.domain.days import day_of
from schemas.incident import Traffic
from schemas.observation import AssertObservation, RetractObservation
from schemas.topics import OBSERVATIONS
from schemas.versions import decode
from services.faults import Fault
from services.records import Delivery


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an incident counts: on which segment, for which traffic, on which day."""

    segment_id: str
    traffic: Traffic
    day: date

    def __str__(self) -> str:
        return f"{self.segment_id} ({self.traffic}) on {self.day}"


_Change = tuple[int, bool, Standing | None]
"""The offset of the revision, whether the incident counts by it, and where."""


class NotLinkable(Fault):
    """Two incidents do not count on one segment and day."""


async def standings(
    observations: AsyncIterator[list[Delivery]],
    incident_ids: tuple[str, str],
    advance: Callable[[int], None],
) -> dict[str, Standing]:
    """Return where each of ``incident_ids`` counts after ``observations``, if anywhere."""
    last: dict[str, _Change] = {}
    wanted = [f'"{i}"'.encode() for i in incident_ids]
    async for batch in observations:
        for delivery in batch:
            value = delivery.value or b""
            # Reading a record's text for an id is much faster than decoding all of them.
            if any(name in value for name in wanted):
                _follow(decode(OBSERVATIONS, value), last)
        advance(len(batch))
    return {i: where for i, (_, _, where) in last.items() if where is not None}


def common(incident_ids: tuple[str, str], found: dict[str, Standing]) -> Standing:
    """Return where both incidents count.

    Raises
    ------
    NotLinkable
        One does not count, or they count in two places: with where each stands.
    """
    one, other = (found.get(i) for i in incident_ids)
    if one is not None and one == other:
        return one
    where = "; ".join(f"{i}: {found.get(i) or 'counts nowhere'}" for i in incident_ids)
    msg = (
        f"expected two incidents that count on one segment and ended on one UTC day; found {where}"
    )
    raise NotLinkable(msg)


def _follow(observed: object, last: dict[str, _Change]) -> None:
    """Keep the later of two changes, by the order of the incident's own revisions.

    Segments lie on several partitions, whose records come in no order of time.
    """
    where: Standing | None = None
    if isinstance(observed, AssertObservation) and observed.own:
        effect = observed.effect
        day = date.fromordinal(day_of(effect.end))
        where = Standing(observed.segment_id, observed.traffic, day)
    elif isinstance(observed, RetractObservation):
        effect = observed.replaces
    else:
        return
    # One revision that moves an incident takes it off one segment and puts it on another.
    change = (observed.cause.offset, where is not None, where)
    if change[:2] >= last.get(effect.incident_id, change)[:2]:
        last[effect.incident_id] = change
