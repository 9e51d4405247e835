"""Two real releases, one after the other: what the first one said stays to be asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import Engine as Database

from models.domain.history import meaning
from models.domain.risk import Risk
from models.engine import Engine
from schemas.event import IncidentEvent
from schemas.incident import Traffic
from services.composition import engine as decisions
from services.importers.releases import Release, Tally, compare, hold
from services.importers.ucdp import read
from services.ledger.asof import believing
from services.ledger.queries import Queries
from services.ledger.store import Store
from services.replay.driver import Outcome, drive
from services.replay.memory_log import MemoryLog
from services.risk import tables
from services.settings import Settings
from tests.ledger.builders import Tape

DATA = Path(__file__).parents[2].parent / "shared" / "data"
OLD, NEW = (
    DATA / f"ucdp_ged_ukraine_hdx_{years}.parquet"
    for years in ("vintage2020_2014_2019", "vintage2022_2014_2021")
)
RELEASED = datetime(2022, 6, 1, tzinfo=UTC)
DAYS = [datetime(2014, 6, 1, tzinfo=UTC) + timedelta(days=190 * n) for n in range(11)]
SETTINGS = Settings(borders=("RUS-UKR",))

pytestmark = pytest.mark.skipif(not OLD.exists(), reason=f"the real data is not there: {OLD}")


@pytest.fixture(scope="module")
def models() -> Engine:
    return decisions(SETTINGS)


def first_release() -> list[IncidentEvent]:
    found = [event for event in read(OLD) if isinstance(event, IncidentEvent)]
    return sorted(found, key=lambda event: event.time)


def difference() -> list[IncidentEvent]:
    tally = Tally()
    release = Release(NEW, "UCDP GED 22.1", RELEASED, OLD, 2)
    found = compare(hold(read(OLD), tally), read(NEW, RELEASED), release, tally)
    return [event for event in found if isinstance(event, IncidentEvent)]


class Answer(NamedTuple):
    """What the ledger says of one segment and day."""

    incidents: object
    alerts: object
    state: object
    assessment: object


def said(
    database: Database, models: Engine, segments: list[str], as_of: datetime | None
) -> list[Answer]:
    """Return everything that the ledger answers of every segment and day."""
    queries = Queries(database)
    then = believing(queries, SETTINGS, models)
    return [
        Answer(
            queries.incidents(segment, Traffic.ACTUAL, as_of, at),
            queries.alerts(segment, Traffic.ACTUAL, as_of, at),
            then.state(segment, Traffic.ACTUAL, as_of, at),
            then.assessment(segment, Traffic.ACTUAL, as_of, at),
        )
        for segment in segments
        for at in DAYS
    ]


@dataclass(frozen=True)
class Told:
    """Both releases as the log has them, and what it held when the first one was in."""

    log: MemoryLog
    first: Tape
    both: Tape
    known: datetime


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(models: Engine) -> Told:
    first, both, events = Tape(), Tape(), first_release()
    log = MemoryLog(models, 1, both.take)

    async def on_report(event: IncidentEvent, _outcome: Outcome) -> None:
        if event == events[-1]:
            for record in both.records:
                first.take(record)

    await drive([*events, *difference()], log, on_report=on_report)
    return Told(log, first, both, events[-1].time)


def test_what_the_first_release_said_of_any_day_is_answered_the_same_after_the_second(
    engine: Database, store: Store, models: Engine, told: Told
) -> None:
    segments = sorted({s.segment_id for s in tables.states(told.log.segments)})
    told.first.feed(store)
    before = said(engine, models, segments, told.known)
    told.both.feed(store)
    assert said(engine, models, segments, told.known) == before
    after = said(engine, models, segments, None)
    changed = sum(a.incidents != b.incidents for a, b in zip(after, before, strict=True))
    print(f"{len(before)} answers on {len(segments)} segments, {changed} differ today")
    assert changed > 20, "the second release counts"
    assert sum(bool(answer.incidents) for answer in before) > 20


def meanings(log: MemoryLog) -> dict[str, str]:
    found = {}
    for state in tables.states(log.segments):
        segment = tables.Desk(log.segments).segment(state.segment_id, state.traffic)
        assert segment.state is not None
        found[state.segment_id] = meaning(segment.state.risk, segment.days)
    return found


async def test_the_first_release_and_the_difference_leave_the_state_of_the_second_alone(
    models: Engine, told: Told
) -> None:
    alone = MemoryLog(models, 1)
    second = [event for event in read(NEW, RELEASED) if isinstance(event, IncidentEvent)]
    await drive(second, alone)
    nothing = meaning(Risk())
    left = {s: m for s, m in meanings(told.log).items() if m != nothing}
    assert left == {s: m for s, m in meanings(alone).items() if m != nothing}
    assert len(left) > 3
