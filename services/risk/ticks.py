"""Tells the segments of this worker that time has passed: the live source of ticks."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from models.domain import ticks
from models.domain.risk import SegmentState
from schemas.incident import Traffic
from schemas.observation import Tick
from services import records
from services.risk import tables
from services.risk.agents import Publisher


class TickSource:
    """Writes the ticks that are due to the segments that this worker holds, and to no others.

    A table may still hold segments of a partition that has gone to another worker; ``held`` tells.
    In the moment in which two workers believe that they hold a segment both write the same tick,
    since it names a fixed moment, and the fold takes the second for what it is.
    """

    def __init__(
        self,
        states: Mapping[bytes, bytes],
        publisher: Publisher,
        held: Callable[[bytes], bool],
    ) -> None:
        self._states = states
        self._publisher = publisher
        self._held = held
        self._told: dict[tuple[str, Traffic], datetime] = {}

    async def tell(self) -> None:
        """Write every tick that is due now and has not been written."""
        await self._publisher.publish([records.observation(t) for t in self.due(datetime.now(UTC))])

    def due(self, now: datetime) -> list[Tick]:
        """Return the ticks due at ``now``: at most the latest of each segment."""
        mine = (s for s in tables.states(self._states) if self._held(s.segment_id.encode()))
        return [tick for state in mine if (tick := self._tick(state, now)) is not None]

    def _tick(self, state: SegmentState, now: datetime) -> Tick | None:
        key = (state.segment_id, state.traffic)
        since = max(state.clock, self._told.get(key, state.clock))
        *_, last = (None, *ticks.ticks(since, state.reported_at, now))
        if last is None:
            return None
        self._told[key] = last
        return Tick(segment_id=state.segment_id, traffic=state.traffic, recorded_at=last)
