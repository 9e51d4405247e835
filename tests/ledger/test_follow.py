"""Following: two at once, a database that goes away, and never more in hand than one batch."""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import OffsetOutOfRangeError
from sqlalchemy import URL, Engine, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from schemas.topics import INCIDENTS, OBSERVATIONS
from services.ledger import database, tables
from services.ledger import follow as module
from services.ledger.follow import Log, LogDiffers, follow
from services.ledger.store import Batch, Place, Store
from services.records import milliseconds
from services.settings import Kafka
from tests.builders import at, report
from tests.ledger.builders import Tape

COUNT = 60
ENDS: dict[Place, int] = {(INCIDENTS.name, 0): COUNT, (OBSERVATIONS.name, 0): COUNT}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the winner of a race."""
    monkeypatch.setattr(module, "WAIT_S", 0.001)


class FakeLog(Log):
    """Gives a tape's records, ``most`` of each topic at a time; the first ``deaf`` reads bring no
    answer of some partition."""

    def __init__(self, tape: Tape, most: int, end: int = COUNT, deaf: int = 0) -> None:
        self._tape = tape
        self._deaf = deaf
        self._end = end
        self._most = most
        self._next: dict[Place, int] = {}
        self.reads = 0

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(ENDS)

    @property
    def heard(self) -> bool:
        return self.reads > self._deaf

    async def seek(self, offsets: Mapping[Place, int]) -> dict[Place, int]:
        self._next = dict(offsets)
        return {}

    async def passed(self) -> dict[Place, int]:
        return dict(self._next)

    async def collect(self) -> dict[Place, list[Any]]:
        # Others may run, as while a broker is asked: who never ends can be ended.
        await asyncio.sleep(0)
        self.reads += 1
        found = {}
        for place in self.places:
            start = self._next[place]
            all_of_it = [r for r in self._tape.records if r.ref.topic == place[0]]
            if taken := all_of_it[start : min(self._end, start + self._most)]:
                self._next[place] = start + len(taken)
                found[place] = [
                    SimpleNamespace(
                        partition=place[1],
                        offset=r.ref.offset, key=r.key, value=r.value, headers=r.headers,
                        timestamp=milliseconds(r.at),
                    )
                    for r in taken
                ]  # fmt: skip
        return found


@pytest.fixture
def tape() -> Tape:
    log = Tape()
    for n in range(COUNT):
        log.report(report(incident_id=f"I-{n}"), at(n))
    return log


def written(store: Store) -> tuple[int, int, set[int]]:
    counts = store.counts()
    return counts["incidents"], counts["observations"], set(store.offsets().values())


async def test_it_goes_on_from_where_the_ledger_stands(store: Store, tape: Tape) -> None:
    half = dict.fromkeys(ENDS, COUNT // 2)
    first, second = FakeLog(tape, 10, end=COUNT // 2), FakeLog(tape, 10)
    seen: list[int] = []
    await follow(store, first, half)
    assert written(store) == (COUNT // 2, COUNT // 2, {COUNT // 2})

    def wrote(batches: Sequence[Batch], seconds: float) -> None:
        assert seconds > 0
        seen.extend(batch.end - batch.start for batch in batches)

    await follow(store, second, ENDS, wrote)
    assert written(store) == (COUNT, COUNT, {COUNT})
    assert (first.reads, second.reads, sum(seen)) == (4, 4, COUNT)


async def test_an_end_that_is_named_too_low_is_read_past(store: Store, tape: Tape) -> None:
    low = dict.fromkeys(ENDS, COUNT - 25)
    await follow(store, FakeLog(tape, 10), low)
    assert written(store) == (COUNT, COUNT, {COUNT})


async def test_who_has_heard_nothing_yet_has_not_caught_up(store: Store, tape: Tape) -> None:
    """The answer that is still to come may be that the log is another one."""
    log = FakeLog(tape, COUNT, deaf=3)
    await follow(store, log, dict.fromkeys(ENDS, 0))
    assert (log.reads, written(store)) == (4, (COUNT, COUNT, {COUNT}))


async def test_a_log_that_never_rests_is_caught_up_with_all_the_same(
    store: Store, tape: Tape
) -> None:
    log = FakeLog(tape, 1)
    await follow(store, log, dict.fromkeys(ENDS, 5))
    assert written(store) == (15, 15, {15})


async def test_what_is_no_record_at_the_end_of_a_partition_is_passed(
    store: Store, tape: Tape
) -> None:
    class Marked(FakeLog):
        """A log whose last transaction has ended with a marker."""

        async def passed(self) -> dict[Place, int]:
            return {place: n + (n == COUNT) for place, n in self._next.items()}

    after = dict.fromkeys(ENDS, COUNT + 1)
    async with asyncio.timeout(10):
        await follow(store, Marked(tape, 20), after)
    assert written(store) == (COUNT, COUNT, {COUNT + 1})


async def test_two_ledgers_at_once_lose_and_double_nothing(where: URL, tape: Tape) -> None:
    engines = [database.connect(where) for _ in range(2)]
    stores = [Store(engine) for engine in engines]
    logs = [FakeLog(tape, 2), FakeLog(tape, 3)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(follow(s, g, ENDS) for s, g in zip(stores, logs, strict=True)))
    assert written(stores[0]) == (COUNT, COUNT, {COUNT})
    for engine in engines:
        engine.dispose()


async def test_a_database_that_goes_away_in_mid_transaction_costs_nothing(
    store: Store, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, faults = store.write, iter(["before", "after", "before"])

    def fail_at_times(batches: list[Batch]) -> None:
        when = next(faults, None)
        if when == "before":
            raise OperationalError("COMMIT", {}, Exception("the connection is lost"))
        write(batches)
        if when == "after":
            raise OperationalError("COMMIT", {}, Exception("the connection is lost"))

    monkeypatch.setattr(store, "write", fail_at_times)
    await follow(store, FakeLog(tape, 20), ENDS)
    assert written(store) == (COUNT, COUNT, {COUNT})


async def test_a_slow_database_slows_the_reading(
    store: Store, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, write, in_hand = FakeLog(tape, 10), store.write, []

    def watch(batches: list[Batch]) -> None:
        write(batches)
        in_hand.append(log.reads)

    monkeypatch.setattr(store, "write", watch)
    await follow(store, log, ENDS)
    assert in_hand == [1, 2, 3, 4, 5, 6]


class FakeConsumer:
    """A log whose first offset is 3, and that does not reach offset 9."""

    def __init__(self) -> None:
        self.at: set[int] = set()

    def assign(self, partitions: Any) -> None:
        self.partitions = partitions

    async def beginning_offsets(self, partitions: Any) -> dict[Any, int]:
        return dict.fromkeys(partitions, 3)

    def seek(self, _partition: Any, offset: int) -> None:
        self.at.add(offset)

    async def getmany(self, **_options: Any) -> dict[Any, Any]:
        raise OffsetOutOfRangeError({self.partitions[0]: 9})


async def test_what_is_gone_from_the_log_is_passed_over() -> None:
    consumer = FakeConsumer()
    with capture_logs() as said:
        gone = await Log(consumer, Kafka(partitions=1)).seek({(INCIDENTS.name, 0): 7})
    assert consumer.at == {3, 7}
    assert gone == {(name, 0): 3 for name in tables.OF_TOPIC if name != INCIDENTS.name}
    assert {(e["since"], e["until"]) for e in said} == {(0, 3)}


async def test_a_log_that_ends_before_the_ledger_is_another_log(store: Store) -> None:
    log = Log(FakeConsumer(), Kafka(partitions=1))
    with pytest.raises(LogDiffers, match=r"'incidents'.*up to offset 9.*forewarn ledger rebuild"):
        await follow(store, log)


async def test_from_where_nothing_is_missing_is_noted(store: Store, engine: Engine) -> None:
    log = Log(FakeConsumer(), Kafka(partitions=1))
    with pytest.raises(LogDiffers):
        await follow(store, log)
    assert kept(engine) == {(3, 3)}
    store.pass_over(dict.fromkeys(log.places, 1), dict.fromkeys(log.places, 2))
    assert kept(engine) == {(3, 3)}, "another ledger was first"
    store.clear()
    assert kept(engine) == {(0, 0)}


def kept(engine: Engine) -> set[tuple[int, int]]:
    with database.reading(engine) as connection:
        found = connection.execute(select(tables.offsets))
        return {(row.first_offset, row.next_offset) for row in found}
