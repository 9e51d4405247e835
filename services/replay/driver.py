"""Replays incidents in the order they became known, telling the time in between."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Protocol

from models.domain.ticks import ticks
from schemas.base import LATEST
from schemas.event import IncidentEvent
from schemas.incident import Traffic
from schemas.observation import AssertObservation, RetractObservation, Tick
from schemas.rejection import Rejection

_Key = tuple[str, Traffic]

TAIL = timedelta(days=30)
"""How long after the last report time goes on, so that open alerts come to their end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one report led to when it was located."""

    observations: tuple[AssertObservation | RetractObservation, ...] = ()
    rejections: tuple[Rejection, ...] = ()


class Log(Protocol):
    """Where a replay writes to: Kafka, or the same decisions in this process."""

    async def report(self, event: IncidentEvent) -> Outcome:
        """Append a report and return once it has been located."""

    async def tell(self, due: Iterable[Tick]) -> None:
        """Append ticks, in order."""

    async def settle(self) -> None:
        """Return once everything appended has been assessed."""


@dataclass
class Summary:
    """What a replay did."""

    reports: int = 0
    located: int = 0
    unchanged: int = 0
    ticks: int = 0
    rejected: dict[str, int] = field(default_factory=dict)


class _Clocks:
    """When each segment was last told anything, last had a report, and is to be told of time."""

    def __init__(self) -> None:
        self.times: dict[_Key, tuple[datetime, datetime]] = {}
        self._next: dict[_Key, datetime | None] = {}
        # Also holds moments that a later report has replaced: what ``_next`` says counts.
        self._queue: list[tuple[datetime, str, Traffic]] = []

    def due(self, until: datetime) -> Iterator[Tick]:
        """Yield the ticks due up to ``until``, in order of time, and count them as told."""
        while self._queue and self._queue[0][0] <= until:
            at, segment, traffic = heappop(self._queue)
            key = (segment, traffic)
            if self._next[key] != at:
                continue
            _, reported = self.times[key]
            self._told(key, at, reported)
            yield Tick(segment_id=segment, traffic=traffic, recorded_at=at)

    def reported(self, outcome: Outcome) -> None:
        """Remember which segments heard of a report, and when."""
        for seen in outcome.observations:
            key = (seen.segment_id, seen.traffic)
            clock, _ = self.times.get(key, (seen.recorded_at, seen.recorded_at))
            now = max(clock, seen.recorded_at)
            self._told(key, now, now)

    def _told(self, key: _Key, clock: datetime, reported: datetime) -> None:
        self.times[key] = (clock, reported)
        at = next(ticks(clock, reported, LATEST), None)
        if at is not None and at != self._next.get(key):
            heappush(self._queue, (at, *key))
        self._next[key] = at


async def drive(
    events: Iterable[IncidentEvent],
    log: Log,
    *,
    on_report: Callable[[IncidentEvent, Outcome], Awaitable[None]] | None = None,
) -> Summary:
    """Append ``events``, which come in order of their time, with the ticks due between them.

    Raises
    ------
    ValueError
        An event lies before its predecessor.
    """
    summary, clocks, now = Summary(), _Clocks(), None
    for event in events:
        if now is not None and event.time < now:
            msg = (
                f"time: {event.time.isoformat()} of {event.id!r} lies before {now.isoformat()} of "
                "the event in front of it; sort the file by time"
            )
            raise ValueError(msg)
        now = event.time
        await _tell(log, clocks.due(now), summary)
        outcome = await log.report(event)
        clocks.reported(outcome)
        _count(summary, outcome)
        if on_report is not None:
            await on_report(event, outcome)
    if now is not None:
        await _tell(log, clocks.due(min(now + TAIL, LATEST)), summary)
    await log.settle()
    return summary


async def _tell(log: Log, due: Iterator[Tick], summary: Summary) -> None:
    told = list(due)
    summary.ticks += len(told)
    await log.tell(told)


def _count(summary: Summary, outcome: Outcome) -> None:
    summary.reports += 1
    if any(isinstance(o, AssertObservation) for o in outcome.observations):
        summary.located += 1
    for rejection in outcome.rejections:
        summary.rejected[rejection.reason] = summary.rejected.get(rejection.reason, 0) + 1
    if not outcome.observations and not outcome.rejections:
        summary.unchanged += 1
