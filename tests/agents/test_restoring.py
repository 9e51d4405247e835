"""However owners come, go, are held up and broken off, a restored table is what the log says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from services.risk import restoring
from services.risk.appending import Appender, Row
from services.risk.fence import Fence
from services.risk.fencing import Store
from services.risk.restoring import Recovery

TOPIC = "t-table-changelog"
AT = TP(TOPIC, 0)
HELD = {AT, TP("incidents", 0)}


class Log(Appender):
    """Stands in for one partition: what was ever written, and what compaction has left."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.left: list[Any] = []

    async def append(self, topic: str, partition: int, rows: Sequence[Row], _most: int) -> int:
        assert topic == TOPIC
        for key, value, headers, _ in rows:
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

    def truth(self) -> dict[bytes, bytes]:
        """Return what counts of all that was ever written."""
        fence, found = Fence(), dict[bytes, bytes | None]()
        for r in self.written:
            if fence.passes(r.partition, r.offset, r.key, r.headers):
                found[r.key] = r.value
        return {key: value for key, value in found.items() if value is not None}

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
        table: Any = SimpleNamespace(
            name="table", changelog_topic=SimpleNamespace(get_topic_name=lambda: TOPIC)
        )
        nobody: Any = None
        self.store = Store("fenced://", nobody, table, loop=nobody)
        self.store.appender = log
        table.data = self.store
        self.recovery: Any = Recovery.__new__(Recovery)
        self.recovery.tp_to_table = {AT: table}
        self.works = False

    @property
    def held(self) -> dict[bytes, bytes]:
        return dict(self.store.data)

    async def given(self, broken_off: int | None = None) -> None:
        """Get the partition, and restore it; ``broken_off`` after so many batches."""
        await self.store.on_rebalance(HELD, set(), set())
        self.works = False
        end = len(self.log.written) - 1
        offsets = Counter({AT: self.store.persisted_offset(AT)})
        if broken_off is not None:
            start = offsets[AT] + 1
            async for batch in self.log.messages(TOPIC, {0: end + 1}, {0: start}):
                if broken_off == 0:
                    return
                self.store.take(batch)
                broken_off -= 1
            return
        self.recovery.active_highwaters = {AT: end}
        await self.recovery._restore(self.log, AT, offsets)
        assert offsets[AT] == end
        truth = self.log.truth()
        await self.store.on_recovery_completed({AT}, set())
        assert self.held == truth == self.log.truth()
        self.works = True

    async def lost(self) -> None:
        """Learn that the partition is another's."""
        await self.store.on_rebalance(set(), set(), set())
        await self.store.on_recovery_completed(set(), set())

    async def writes(self, key: bytes, value: bytes | None, *, twice: bool) -> None:
        """Write a state as an agent does; ``twice`` where the first try seemed to fail."""
        if not self.works:
            return
        rows: list[Row] = [(key, value, self.store.stamp(0), None)]
        if twice:
            await self.log.append(TOPIC, 0, rows, 0)
        last = await self.log.append(TOPIC, 0, rows, 0)
        self.store.wrote(0, {key: value}, last)


@dataclass(frozen=True)
class Give:
    """The partition goes to an owner, who may be broken off; then the log may be compacted."""

    owner: int
    broken_off: int | None
    compacted: bool


@dataclass(frozen=True)
class Lose:
    owner: int


@dataclass(frozen=True)
class Write:
    owner: int
    key: bytes
    value: bytes | None
    twice: bool


_OWNER = st.integers(0, 1)
_STEPS = st.lists(
    st.one_of(
        st.builds(Give, _OWNER, st.sampled_from([None, None, None, 0, 1, 2]), st.booleans()),
        st.builds(Lose, _OWNER),
        st.builds(
            Write,
            _OWNER,
            st.sampled_from([b"a", b"b", b"c"]),
            st.none() | st.sampled_from([b"1", b"2", b"3"]),
            st.integers(0, 4).map(lambda n: n == 0),
        ),
    ),
    min_size=10,
    max_size=40,
)


async def _lived(steps: Sequence[Give | Lose | Write]) -> None:
    log = Log()
    owners = [Owner(log), Owner(log)]
    for step in steps:
        owner = owners[step.owner]
        match step:
            case Lose():
                await owner.lost()
            case Write():
                await owner.writes(step.key, step.value, twice=step.twice)
            case Give():
                await owner.given(step.broken_off)
                if step.compacted and owner.works:
                    log.compact(len(log.written) - 2)
    await Owner(log).given()


@settings(max_examples=400)
@given(steps=_STEPS)
def test_who_has_restored_a_partition_holds_what_counts_of_its_changelog(
    steps: list[Give | Lose | Write],
) -> None:
    asyncio.run(_lived(steps))


async def test_who_keeps_a_partition_reads_nothing_of_it_again() -> None:
    log = Log()
    owner = Owner(log)
    await owner.given()
    await owner.writes(b"a", b"1", twice=False)
    reached = owner.store.persisted_offset(AT)
    await owner.given()
    assert owner.store.persisted_offset(AT) == reached + 1 == len(log.written) - 1


async def test_a_record_that_is_there_twice_makes_nobody_begin_anew() -> None:
    owner = Owner(Log())
    await owner.given()
    await owner.writes(b"a", b"1", twice=True)
    reached = owner.store.persisted_offset(AT)
    await owner.store.on_rebalance(HELD, set(), set())
    assert owner.store.persisted_offset(AT) == reached
    owner.store.take(owner.log.left[reached + 1 :])
    assert not owner.store.is_outdated(0)


async def test_a_broker_that_breaks_off_is_asked_again_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is read twice, and nothing is taken for restored that is not."""
    log = Log()
    before = Owner(log)
    await before.given()
    for number in range(6):
        await before.writes(b"%d" % number, b"1", twice=False)
    owner = Owner(log)
    await owner.store.on_rebalance(HELD, set(), set())
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

    monkeypatch.setattr("services.log.reader", lambda _kafka: Opened())
    monkeypatch.setattr(restoring, "AGAIN_S", 0.0)
    owner.recovery.app = SimpleNamespace(kafka=None)
    owner.recovery.active_highwaters = {AT: len(log.written) - 1}

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr("faust.tables.recovery.Recovery._build_offsets", nothing)
    offsets = Counter({AT: -1})
    await owner.recovery._build_offsets(None, {AT}, offsets, "active")
    assert (starts, offsets[AT]) == ([0, 2, 4], len(log.written) - 1)
    assert owner.held == log.truth()
