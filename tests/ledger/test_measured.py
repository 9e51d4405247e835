"""What the ledger's process tells: what it wrote, where the risk is, how far everybody is."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from schemas.assessment import Level, Probabilities
from schemas.incident import Traffic
from schemas.topics import ASSESSMENTS, INCIDENTS
from services import borders
from services.ledger import database
from services.ledger.lag import BEHIND, LEDGER, Lag, recorded_at
from services.ledger.measured import Measured, Standing, top
from services.ledger.store import Store
from services.metrics.meters import Meters
from services.metrics.table import Process
from services.settings import Kafka, Settings
from tests.builders import NOON, SEGMENT, at, report
from tests.ledger.builders import Tape

SEGMENTS = borders.load_segments(("KGZ-TJK",), 50)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.connect(database.url(Settings(data_dir=tmp_path)))


def test_segments_are_counted_by_level_and_those_never_spoken_of_apart(engine: Engine) -> None:
    tape, meters = Tape(), Meters(Process.LEDGER, "1")
    tape.assess(NOON, level=Level.WATCH)
    tape.assess(NOON, level=Level.CRITICAL, traffic=Traffic.EXERCISE)
    tape.feed(Store(engine))
    meters.registry.register(Standing(engine, SEGMENTS))

    def count(level: str) -> float | None:
        labels = {"border": "KGZ-TJK", "level": level}
        return meters.registry.get_sample_value("forewarn_segments", labels)

    assert (count("watch"), count("none")) == (1, len(SEGMENTS) - 1)
    assert (count("critical"), count("normal")) == (0, 0), "every level is told, always"
    tape.assess(at(1), level=Level.NORMAL)
    tape.feed(Store(engine))
    assert (count("watch"), count("normal")) == (0, 1)


def test_the_highest_probabilities_are_named(engine: Engine) -> None:
    tape, meters = Tape(), Meters(Process.LEDGER, "1")
    for number, segment in enumerate(SEGMENTS):
        chance = Probabilities(escalation_14d=number / 100, fatal_7d=0, fatal_14d=0)
        tape.assess(NOON, segment_id=segment.segment_id, probabilities=chance)
    tape.feed(Store(engine))
    meters.registry.register(Standing(engine, SEGMENTS))
    named = [
        sample.labels["segment"]
        for family in meters.registry.collect()
        for sample in family.samples
        if sample.name == "forewarn_segment_probability"
    ]
    assert named == [s.segment_id for s in SEGMENTS[:-11:-1]]


def test_two_that_take_turns_at_the_edge_begin_no_new_series() -> None:
    first = {f"S{n:02}": 1 - n / 100 for n in range(30)}
    named = top(first, ())
    assert named == tuple(f"S{n:02}" for n in range(10))
    swapped = first | {"S09": 0.8, "S10": 0.95}
    assert "S10" not in top(swapped, named)
    assert set(top(swapped, named)) == set(named)
    far = first | {"S09": 0.0}
    assert set(top(far, named)) == (set(named) - {"S09"}) | {"S10"}


def test_what_is_written_is_counted_and_a_heartbeat_leaves_its_time(engine: Engine) -> None:
    tape, meters, store = Tape(), Meters(Process.LEDGER, "1"), Store(engine)
    tape.report(report(), NOON)
    tape.assess(at(2))
    tape.assess(at(1), traffic=Traffic.HEARTBEAT)
    store.begin(tape.places())
    batches = tape.batches(store.offsets())
    measured = Measured(meters)
    measured.wrote(batches, 0.5)
    value = meters.registry.get_sample_value
    assert value("forewarn_ledger_records_total", {"topic": "incidents"}) == 1
    assert value("forewarn_ledger_records_total", {"topic": "assessments"}) == 2
    assert value("forewarn_ledger_write_seconds_sum") == 0.5
    assert value("forewarn_heartbeat_timestamp_seconds") == at(1).timestamp()
    assert measured.latest == at(2)


def test_a_record_is_as_old_as_it_is_and_one_not_read_yet_at_least_as_the_last(
    engine: Engine,
) -> None:
    tape = Tape()
    for hour in range(3):
        tape.assess(at(hour))
    tape.feed(Store(engine))
    place = (ASSESSMENTS.name, 0)
    assert recorded_at(engine, place, 1) == at(1)
    assert recorded_at(engine, place, 7) == at(2)
    assert recorded_at(engine, (INCIDENTS.name, 0), 0) is None


class Broker:
    """A log whose ends and whose group's place are told."""

    def __init__(self, end: int, committed: int | None) -> None:
        self._end, self._committed = end, committed

    async def beginning_offsets(self, places: list[object]) -> dict[object, int]:
        """Return the first offset of each partition."""
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: list[object]) -> dict[object, int]:
        """Return the next offset of each partition."""
        return dict.fromkeys(places, self._end)

    async def committed(self, _place: object) -> int | None:
        """Return how far the group has come."""
        return self._committed


async def lag_of(engine: Engine, broker: Broker) -> Lag:
    found = Lag(Kafka(partitions=1), "workers", engine, lambda: at(5))
    found._found = await found._look(broker)
    return found


async def test_lag_is_told_in_records_and_in_the_age_of_the_first_of_them(engine: Engine) -> None:
    tape = Tape()
    for hour in range(3):
        tape.report(report(), at(hour))
    tape.feed(Store(engine))
    meters = Meters(Process.LEDGER, "1")
    meters.registry.register(await lag_of(engine, Broker(3, 1)))

    def lag(unit: str, group: str, topic: str = "incidents") -> float | None:
        labels = {"group": group, "topic": topic, "partition": "0"}
        return meters.registry.get_sample_value(f"forewarn_consumer_lag_{unit}", labels)

    assert (lag("records", "workers"), lag("seconds", "workers")) == (2, 4 * 3_600)
    assert (lag("records", LEDGER), lag("seconds", LEDGER)) == (0, 0)
    assert lag("records", "workers", "alerts") is None, "workers do not read them"
    assert lag("records", LEDGER, "alerts") == 3


async def test_an_end_below_what_is_committed_is_no_lag(engine: Engine) -> None:
    found = await lag_of(engine, Broker(2, 5))
    assert {n for (group, _), (n, _) in found._found.items() if group == "workers"} == {0}


async def test_the_ledger_is_ready_once_it_is_near_the_end_of_a_log_that_answers(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await lag_of(engine, Broker(0, 0))
    assert found.why_not() == "the log has not been looked at yet"
    clock = [100.0]
    monkeypatch.setattr("services.ledger.lag.time.monotonic", lambda: clock[0])
    found._looked = 100.0
    assert found.why_not() is None
    found._found[LEDGER, (INCIDENTS.name, 0)] = (BEHIND + 1, 0.0)
    assert found.why_not() == f"{BEHIND + 1} records behind"
    clock[0] += timedelta(minutes=1).total_seconds()
    assert found.why_not() == "the log or the database has not answered for 60 s"


def test_a_segment_of_another_border_is_not_counted(engine: Engine) -> None:
    tape, meters = Tape(), Meters(Process.LEDGER, "1")
    tape.assess(NOON, segment_id="AFG-TJK-050-01", level=Level.CRITICAL)
    tape.assess(NOON, segment_id=SEGMENT, level=Level.WATCH)
    tape.feed(Store(engine))
    meters.registry.register(Standing(engine, SEGMENTS))
    found = [s for f in meters.registry.collect() for s in f.samples]
    counts = [s.value for s in found if s.name == "forewarn_segments"]
    assert sum(counts) == len(SEGMENTS)
    named = [s.labels["segment"] for s in found if s.name == "forewarn_segment_probability"]
    assert named == [SEGMENT]
