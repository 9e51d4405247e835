"""Three decades of the world's borders, taken back by halves and told again."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from models.domain.history import believed, meaning
from models.domain.revisions import UNCERTAINTY_KM, KnownIncident, revise
from models.domain.segments import Atlas, NotLocated, OnSegment
from schemas.event import IncidentEvent
from schemas.incident import IncidentReport, IncidentRetraction, Place, Traffic
from schemas.observation import Observed, Tick
from services.borders import load_segments
from services.importers import ucdp
from tests.builders import Memory, ref

GED = Path(__file__).parents[3] / "shared/data/ucdp_ged211_1989_2017.parquet"
EVERY = int(os.environ.get("FOREWARN_TEST_EVERY", "3"))
"""Every how manieth incident of the world is told; ``make history`` tells them all."""

YEARS = (1994, 2003, 2017)
"""At the end of each, half of what is remembered is taken back and told again."""

Incident = IncidentReport | IncidentRetraction


class World:
    """The world's segments: located, revised and folded as the worker does."""

    def __init__(self) -> None:
        self._atlas = Atlas(load_segments(None, 50))
        self._known: dict[str, KnownIncident] = {}
        self._told = 0
        self.memories: dict[str, Memory] = {}
        self.log: dict[str, list[tuple[int, Observed]]] = {}

    def tell(self, incident: Incident, at: datetime) -> None:
        self._told += 1
        known = self._known.get(incident.incident_id)
        found = revise(known, incident, ref(self._told), at, self._place, ucdp.SOURCE)
        if found.known is not None:
            self._known[incident.incident_id] = found.known
        for observed in found.observations:
            self._observe(observed)

    def tick(self, at: datetime) -> None:
        for segment in self.memories:
            self._observe(Tick(segment_id=segment, traffic=Traffic.ACTUAL, recorded_at=at))

    def digests(self) -> dict[str, str]:
        return {s: meaning(m.state.risk, m.days) for s, m in self.memories.items()}

    def counts(self, incident_id: str) -> bool:
        known = self._known[incident_id]
        return known.address is not None

    def next_revision(self, incident_id: str) -> int:
        return self._known[incident_id].revision + 1

    def _observe(self, observed: Observed) -> None:
        memory = self.memories.setdefault(observed.segment_id, Memory(observed))
        memory.fold(observed)
        if not isinstance(observed, Tick):
            offset = memory.state.applied
            self.log.setdefault(observed.segment_id, []).append((offset, observed))

    def _place(self, place: Place) -> str | NotLocated:
        uncertainty = UNCERTAINTY_KM[place.precision]
        found = self._atlas.locate(place.latitude, place.longitude, uncertainty, place.countries)
        match found:
            case OnSegment(segment_id=segment_id):
                return segment_id
            case NotLocated():
                return found
        raise AssertionError(found)


def history(folder: Path) -> list[IncidentEvent]:
    some = folder / "some.parquet"
    pd.read_parquet(GED).iloc[::EVERY].to_parquet(some)
    read = ucdp.read(some)
    return sorted((e for e in read if isinstance(e, IncidentEvent)), key=lambda e: e.time)


def taken_back_and_told_again(
    world: World, told: Iterable[IncidentReport], at: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Retract every second incident that counts, then report it again; return both digests."""
    half = [i for i in told if world.counts(i.incident_id)][::2]
    for incident in half:
        world.tell(
            IncidentRetraction(
                incident_id=incident.incident_id,
                revision=world.next_revision(incident.incident_id),
                status="retracted",
                status_reason="taken back for a test",
            ),
            at,
        )
    without = world.digests()
    for incident in half:
        revision = world.next_revision(incident.incident_id)
        world.tell(incident.model_copy(update={"revision": revision}), at)
    return without, world.digests()


@pytest.mark.skipif(not GED.exists(), reason=f"the real data is not there: {GED}")
def test_half_of_history_taken_back_and_told_again_leaves_every_state_as_it_was(
    tmp_path: Path,
) -> None:
    world, told = World(), list[IncidentReport]()
    events = iter(history(tmp_path))
    upcoming = next(events, None)
    for year in YEARS:
        end = datetime(year + 1, 1, 10, tzinfo=UTC)
        while upcoming is not None and upcoming.time < end:
            assert isinstance(upcoming.data, IncidentReport)
            world.tell(upcoming.data, upcoming.time)
            told.append(upcoming.data)
            upcoming = next(events, None)
        world.tick(end)
        before = world.digests()
        without, again = taken_back_and_told_again(world, told, end - timedelta(days=1))
        changed = sum(without[s] != before[s] for s in before)
        assert changed > 50, year
        assert again == before, year
    assert upcoming is None
    for segment, log in world.log.items():
        memory = world.memories[segment]
        assert believed(log, memory.state.clock).risk == memory.state.risk, segment
    print(f"{len(told)} incidents, {len(world.memories)} segments")
