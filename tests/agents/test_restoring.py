"""However owners come, go, are held up and broken off, a restored table is what the log says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from services.risk import fencing
from services.risk.app import build
from services.risk.appending import Appender, Row
from services.risk.changelog import TableStates
from services.risk.fencing import Overtaken, Store
from services.risk.restoring import Recovery, Tables
from services.settings import Settings
from services.topics import COMPACTED

TOPIC = "t-table-changelog"
AT = TP(TOPIC, 0)
HELD = {AT, TP("incidents", 0)}


class Log(Appender):
    """Stands in for one partition: what was ever written, and what compaction has left."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.left: list[Any] = []
        self.twice = False
        """Whether a first try seems to fail that did not."""

    async def append(self, topic: str, partition: int, rows: Sequence[Row], _most: int) -> int:
        assert topic == TOPIC
        for key, value, headers, _ in [*rows, *rows] if self.twice else rows:
            record = SimpleNamespace(
                partition=partition, offset=len(self.written), key=key, value=value, headers=headers
            )
            self.written.append(record)
            self.left.append(record)
        return len(self.written) - 1

    def compact(self, below: int) -> None:
        """Leave the last record of each key unless it is a tombstone, and all from an offset on."""
        last = {r.key: r.offset for r in self.left if r.offset < below}
        self.left = [
            r
            for r in self.left
            if r.offset >= below or (last[r.key] == r.offset and r.value is not None)
        ]

    async def messages(
        self, topic: str, until: Mapping[int, int], starts: Mapping[int, int]
    ) -> AsyncIterator[list[Any]]:
        """Yield what is left, two records at a time."""
        assert topic == TOPIC
        found = [r for r in self.left if starts[0] <= r.offset < until[0]]
        for start in range(0, len(found), 2):
            yield found[start : start + 2]


class Owner:
    """A worker that may have the partition, or think so."""

    def __init__(self, log: Log) -> None:
        self.log = log
        nobody: Any = None
        table: Any = SimpleNamespace(
            name="table", changelog_topic=SimpleNamespace(get_topic_name=lambda: TOPIC)
        )
        self.store = Store("fenced://", nobody, table, loop=nobody)
        self.store.appender = log
        reader: Any = nullcontext(log)
        self.store.reader = lambda: reader  # type: ignore[method-assign]
        table.data = self.store
        self.states = TableStates(table, log)
        self.recovery: Any = Recovery.__new__(Recovery)
        self.recovery.tp_to_table = {AT: table}
        self.works = False

    async def marks(self) -> None:
        """Mark the partition, as who is given it does first."""
        self.works = False
        await self.store.on_rebalance(HELD, set(), set())

    async def begins(self, batches: int) -> None:
        """Restore so many batches, and be broken off."""
        start, end = self.store.persisted_offset(AT) + 1, len(self.log.written)
        async for batch in self.log.messages(TOPIC, {0: end}, {0: start}):
            if not batches:
                break
            self.store.take(batch)
            batches -= 1

    async def restores(self) -> None:
        """Restore the partition as Faust lets it be restored, and begin to work."""
        end = len(self.log.written) - 1
        offsets = Counter({AT: self.store.persisted_offset(AT)})
        self.recovery.active_highwaters = {AT: end}
        await self.recovery._restore(self.log, AT, offsets)
        assert offsets[AT] == end
        await self.store.on_recovery_completed({AT}, set())
        self.works = True

    async def lost(self) -> None:
        """Learn that the partition is another's."""
        self.works = False
        await self.store.on_rebalance(set(), set(), set())
        await self.store.on_recovery_completed(set(), set())


class World:
    """Two workers, which of them the broker holds for the owner, and what it was promised."""

    def __init__(self) -> None:
        self.log = Log()
        self.owners = [Owner(self.log), Owner(self.log)]
        self.rightful: int | None = None
        self.promised: dict[bytes, bytes] = {}

    async def give(
        self, number: int, broken_off: int | None = None, late: int | None = None
    ) -> None:
        """Let a worker have the partition.

        It is ``broken_off`` after so many batches; or ``late``, who was to have it before, marks
        it meanwhile.
        """
        owner, self.rightful = self.owners[number], number
        await owner.marks()
        if late is not None:
            await self.owners[late].marks()
        if broken_off is not None:
            await owner.begins(broken_off)
            return
        await owner.restores()
        assert dict(owner.store.data) == self.promised

    async def write(self, number: int, key: bytes, value: bytes | None, *, twice: bool) -> None:
        """Let a worker keep a state; what the owner has kept it may take for kept."""
        owner = self.owners[number]
        if not owner.works:
            return
        self.log.twice = twice
        try:
            await owner.states.keep(0, {key: value})
        except Overtaken:
            # It ends, and begins anew.
            self.owners[number] = Owner(self.log)
            self.rightful = None if self.rightful == number else self.rightful
            return
        finally:
            self.log.twice = False
        if number == self.rightful:
            self.promised.pop(key, None)
            if value is not None:
                self.promised[key] = value

    def compact(self, number: int) -> None:
        """Compact the log while the owner works and has healed it."""
        if number == self.rightful and self.owners[number].works:
            self.log.compact(len(self.log.written) - 1)


_OWNER = st.integers(0, 1)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), _OWNER, st.sampled_from(["", "late", "compact"])),
        st.tuples(st.just("break off"), _OWNER, st.integers(0, 2)),
        st.tuples(st.just("mark late"), _OWNER, st.none()),
        st.tuples(st.just("lose"), _OWNER, st.none()),
        *[
            st.tuples(
                st.just("write"),
                _OWNER,
                st.tuples(
                    st.sampled_from([b"a", b"b", b"c"]),
                    st.none() | st.sampled_from([b"1", b"2", b"3"]),
                    st.integers(0, 4).map(lambda n: n == 0),
                ),
            )
        ]
        * 3,
    ),
    min_size=10,
    max_size=40,
)


async def _lived(steps: Sequence[tuple[str, int, Any]]) -> None:
    world = World()
    for what, number, how in steps:
        owner = world.owners[number]
        match what:
            case "give":
                await world.give(number, late=1 - number if how == "late" else None)
                if how == "compact":
                    world.compact(number)
            case "break off":
                await world.give(number, how)
            case "mark late":
                # Whoever was to have it once, and was held up.
                if number != world.rightful:
                    await owner.marks()
            case "lose":
                await owner.lost()
            case _:
                key, value, twice = how
                await world.write(number, key, value, twice=twice)
    world.owners.append(Owner(world.log))
    await world.give(2)


@settings(max_examples=400)
@given(steps=_STEPS)
def test_who_restores_a_partition_holds_what_its_owners_have_kept(
    steps: list[tuple[str, int, Any]],
) -> None:
    asyncio.run(_lived(steps))


async def test_what_another_deleted_and_compaction_removed_comes_back_with_nobody() -> None:
    world = World()
    await world.give(0)
    await world.write(0, b"a", b"1", twice=False)
    await world.give(1)
    await world.write(1, b"a", None, twice=False)
    await world.write(1, b"b", b"1", twice=False)
    world.compact(1)
    assert all(record.key != b"a" for record in world.log.left)
    # It holds what it held before, and is brought up to date.
    await world.give(0)


async def restored(log: Log) -> Owner:
    """Return who has the partition, and its states."""
    owner = Owner(log)
    await owner.marks()
    await owner.restores()
    return owner


async def test_who_keeps_a_partition_reads_nothing_of_it_again() -> None:
    log = Log()
    owner = await restored(log)
    await owner.states.keep(0, {b"a": b"1"})
    reached = owner.store.persisted_offset(AT)
    await owner.marks()
    assert owner.store.persisted_offset(AT) == reached + 1 == len(log.written) - 1


async def test_a_record_that_is_there_twice_makes_nobody_begin_anew() -> None:
    log = Log()
    owner = await restored(log)
    log.twice = True
    await owner.states.keep(0, {b"a": b"1"})
    assert owner.store.persisted_offset(AT) == len(log.written) - 1
    assert not owner.store.is_outdated(0)


async def test_a_broker_that_breaks_off_is_asked_again_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is read twice, and nothing is taken for restored that is not."""
    log = Log()
    before = await restored(log)
    for number in range(6):
        await before.states.keep(0, {b"%d" % number: b"1"})
    owner = Owner(log)
    await owner.marks()
    starts: list[int] = []

    class Breaking:
        async def messages(
            self, topic: str, until: Mapping[int, int], given: Mapping[int, int]
        ) -> AsyncIterator[list[Any]]:
            starts.append(given[0])
            async for batch in log.messages(topic, until, given):
                yield batch
                if len(starts) < 3:
                    raise KafkaConnectionError("gone")

    class Opened:
        async def __aenter__(self) -> Breaking:
            return Breaking()

        async def __aexit__(self, *_: object) -> None: ...

    opened: Any = Opened()
    owner.store.reader = lambda: opened  # type: ignore[method-assign]
    monkeypatch.setattr(fencing, "AGAIN_S", 0.0)
    owner.recovery.active_highwaters = {AT: len(log.written) - 1}
    owner.recovery._set_recovery_started = lambda: None

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr("faust.tables.recovery.Recovery._build_offsets", nothing)
    offsets = Counter({AT: -1})
    await owner.recovery._build_offsets(None, {AT}, offsets, "active")
    assert (starts, offsets[AT]) == ([0, 2, 4], len(log.written) - 1)
    assert dict(owner.store.data) == {b"%d" % number: b"1" for number in range(6)}


async def test_of_a_changelog_that_was_made_anew_nothing_is_held_any_more() -> None:
    log = Log()
    owner = await restored(log)
    await owner.states.keep(0, {b"a": b"1"})
    offsets = Counter({AT: owner.store.persisted_offset(AT)})
    log.written.clear()
    log.left.clear()
    await owner.marks()
    owner.recovery.active_highwaters = {AT: 0}
    await owner.recovery._read({AT}, offsets)
    assert (offsets[AT], dict(owner.store.data)) == (0, {})


async def test_no_step_of_restoring_is_taken_for_the_end_of_it_because_it_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[Any] = []

    async def wait(_self: object, coro: Any, timeout: Any = None) -> None:
        waited.append((coro, timeout))

    monkeypatch.setattr("faust.tables.recovery.Recovery._wait", wait)
    await Owner(Log()).recovery._wait("a step", timeout=90.0)
    assert waited == [("a step", None)]


def test_the_worker_restores_so_and_its_changelogs_take_the_largest_state() -> None:
    nobody: Any = None
    app = build(Settings(borders=("KGZ-TJK",)), nobody)
    assert isinstance(app.tables, Tables)
    assert isinstance(app.tables.recovery, Recovery)
    assert int(COMPACTED["segment.bytes"]) >= int(COMPACTED["max.message.bytes"])
