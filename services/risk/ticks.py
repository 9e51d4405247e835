"""Tells the segments of this worker that time has passed: the live source of ticks."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from models.domain.ticks import next_tick, ticks
from schemas.incident import Traffic
from schemas.observation import Tick
from services import records
from services.risk import tables
from services.risk.publisher import Publisher
from services.risk.tables import Heading


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
        self._next: dict[bytes, tuple[bytes, datetime]] = {}

    async def tell(self) -> None:
        """Write every tick that is due now and has not been written."""
        await self._publisher.publish([records.observation(t) for t in self.due(datetime.now(UTC))])

    def due(self, now: datetime) -> list[Tick]:
        """Return the ticks due at ``now``: at most the latest of each segment."""
        mine = (s for s in self._awaited(now) if self._held(s.segment_id.encode()))
        return [tick for state in mine if (tick := self._tick(state, now)) is not None]

    def _awaited(self, now: datetime) -> Iterator[Heading]:
        """Yield the segments whose next tick has come; a state that is still the same waits on."""
        for key in sorted(key for key in self._states if not tables.is_part(key)):
            raw = self._states[key]
            known, at = self._next.get(key, (b"", now))
            if known is raw and at > now:
                continue
            state = tables.heading(raw)
            at = next_tick(state.clock, state.reported_at, state.boundaries)
            self._next[key] = raw, at
            if at <= now:
                yield state

    def _tick(self, state: Heading, now: datetime) -> Tick | None:
        key = (state.segment_id, state.traffic)
        since = max(state.clock, self._told.get(key, state.clock))
        *_, last = (None, *ticks(since, state.reported_at, now, state.boundaries))
        if last is None:
            return None
        self._told[key] = last
        return Tick(segment_id=state.segment_id, traffic=state.traffic, recorded_at=last)
