"""The state and the assessment that the observations of a segment give at a moment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from models.domain.risk import SegmentState
from models.engine import Engine
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.observation import Observed
from schemas.topics import OBSERVATIONS
from services.composition import engine
from services.ledger.queries import ACTUAL, Queries
from services.records import partition_of
from services.settings import Settings

Believe = Callable[[Iterable[tuple[int, Observed]], datetime, datetime | None], SegmentState]
"""Offset and observation, in log order, a clock, and the moment by which all has begun that counts
-> the state then, from final revisions."""

Assess = Callable[[SegmentState], Assessment]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Asks the ledger for observations, and the models for what follows from them."""

    queries: Queries
    believe: Believe
    assess: Assess

    def state(
        self,
        segment_id: str,
        traffic: Traffic = ACTUAL,
        as_of: datetime | None = None,
        at: datetime | None = None,
    ) -> SegmentState | None:
        """Return the state at ``at`` by what was known at ``as_of``; None where nothing was.

        The clock is ``at``, else ``as_of``, else the latest record time of an observation.
        """
        known = self.queries.observations(segment_id, traffic, as_of)
        if not known:
            return None
        clock = at or as_of or max(k.observation.recorded_at for k in known)
        return self.believe(((k.record.offset, k.observation) for k in known), clock, at)

    def assessment(
        self,
        segment_id: str,
        traffic: Traffic = ACTUAL,
        as_of: datetime | None = None,
        at: datetime | None = None,
    ) -> Assessment | None:
        """Return the assessment of that state by today's model; None where nothing was known."""
        state = self.state(segment_id, traffic, as_of, at)
        return None if state is None else self.assess(state)


def believing(queries: Queries, settings: Settings, decisions: Engine | None = None) -> AsOf:
    """Return one that asks the models of this version, with the settings' borders.

    ``decisions`` is the settings' engine, for those who ask often and have made it already.
    """
    decisions = decisions or engine(settings)

    def assess(state: SegmentState) -> Assessment:
        partition = partition_of(state.segment_id.encode(), settings.kafka.partitions)
        last = RecordRef(topic=OBSERVATIONS.name, partition=partition, offset=state.applied)
        return decisions.assess(state, last)

    return AsOf(queries, decisions.believed, assess)
