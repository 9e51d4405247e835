"""Tells the segments of this worker that time has passed: the live source of ticks."""

from collections.abc import Mapping
from datetime import UTC, datetime

from models.domain import ticks
from models.domain.risk import SegmentState
from schemas.observation import Tick
from services import records
from services.records import Stored
from services.risk.agents import Publisher


class TickSource:
    """Writes the ticks that are due to the segments whose state this worker holds.

    A tick names a fixed moment, so that two workers which both hold a segment during a rebalance
    write the same tick, and the fold takes the second for what it is.
    """

    def __init__(
        self, stored: Stored[SegmentState], states: Mapping[bytes, bytes], publisher: Publisher
    ) -> None:
        self._stored = stored
        self._states = states
        self._publisher = publisher
        self._told: dict[bytes, datetime] = {}

    async def tell(self) -> None:
        """Write every tick that is due now and has not been written."""
        await self._publisher.publish([records.observation(t) for t in self.due(datetime.now(UTC))])

    def due(self, now: datetime) -> list[Tick]:
        """Return the ticks due at ``now``: at most the latest of each segment."""
        found = []
        for key, raw in sorted(self._states.items()):
            state = self._stored.load(raw)
            if state is None:
                continue
            since = max(state.clock, self._told.get(key, state.clock))
            *_, last = (None, *ticks.ticks(since, state.reported_at, now))
            if last is not None:
                self._told[key] = last
                found.append(
                    Tick(segment_id=state.segment_id, traffic=state.traffic, recorded_at=last)
                )
        return found
