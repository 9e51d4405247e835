"""The states of a Faust table: in the changelog first, then in memory, with their partition."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
import pytest
import structlog
from aiokafka.errors import MessageSizeTooLargeError
from faust.types import TP

from services.risk.appending import Appender, Refused, Row
from services.risk.changelog import NoStates, TableStates
from services.risk.fence import EPOCH, MARK
from services.risk.fencing import Overtaken

STAMP = [(EPOCH, b"7")]
"""Of the mark that the log below gives an offset."""


class Log(Appender):
    """Stands in for the broker: takes rows until one whose value is ``large``."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, Row]] = []
        self.held: list[dict[bytes, bytes]] = []
        self.states: Any = None
        self.large: bytes | None = None

    async def append(self, topic: str, partition: int, rows: Sequence[Row], most: int) -> int:
        if rows[0][0] == MARK:
            return 7
        assert most >= 1_000_000, "all at once"
        self.held.append(dict(self.states))
        for number, row in enumerate(rows):
            if self.large is not None and row[1] == self.large:
                raise Refused(number, MessageSizeTooLargeError())
            self.rows.append((topic, partition, row))
        return 7 + sum(1 for _, at, _ in self.rows if at == partition)


@pytest.fixture
async def log(tmp_path: Path) -> Log:
    app = faust.App("t", broker="forewarn://127.0.0.1:1", store="fenced://", datadir=str(tmp_path))
    found = Log()
    table = app.Table("table", key_type=bytes, value_type=bytes, partitions=4)
    app.finalize()
    found.states = TableStates(table, found)
    fenced: Any = table.data
    fenced.appender = found
    given = {TP("t-table-changelog", number) for number in range(4)}
    await fenced.on_rebalance(given, set(), given)
    for number in range(4):
        fenced.reach(number, 7)
    return found


async def test_states_are_in_the_changelog_before_they_are_in_memory(log: Log) -> None:
    await log.states.keep(2, {b"a": b"1", b"b": b"2"})
    assert log.rows == [
        ("t-table-changelog", 2, (b"a", b"1", STAMP, None)),
        ("t-table-changelog", 2, (b"b", b"2", STAMP, None)),
    ]
    assert log.held == [{}]
    assert dict(log.states) == {b"a": b"1", b"b": b"2"}
    assert (log.states.get(b"a"), log.states.get(b"c"), len(log.states)) == (b"1", None, 2)


async def test_a_state_that_goes_leaves_a_tombstone(log: Log) -> None:
    await log.states.keep(2, {b"a": b"1", b"b": b"2"})
    await log.states.keep(2, {b"a": None})
    assert log.rows[-1][2][:2] == (b"a", None)
    assert dict(log.states) == {b"b": b"2"}


async def test_states_go_from_memory_with_their_partition(log: Log) -> None:
    await log.states.keep(2, {b"a": b"1"})
    await log.states.keep(3, {b"b": b"2"})
    await log.states._store.on_recovery_completed({TP("t-table-changelog", 3)}, set())
    assert dict(log.states) == {b"b": b"2"}


async def test_a_state_that_the_broker_refuses_is_offered_until_an_operator_has_helped(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.large, pauses = b"2", list[float]()

    async def helped(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            log.large = None

    monkeypatch.setattr("services.risk.changelog.asyncio.sleep", helped)
    with structlog.testing.capture_logs() as logs:
        await log.states.keep(2, {b"a": b"1", b"b": b"2", b"c": b"3"})
    assert [row[:2] for _, _, row in log.rows] == [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]
    assert pauses == [10.0] * 3
    assert {(line["key"], line["bytes"]) for line in logs} == {("b'b'", 1)}
    assert dict(log.states) == {b"a": b"1", b"b": b"2", b"c": b"3"}


def test_what_fits_one_batch_of_kafka_is_told_beforehand(log: Log) -> None:
    assert log.states.fits({b"%d" % n: b"x" * 1_000 for n in range(10_000)})
    assert not log.states.fits({b"%d" % n: b"x" * 1_000 for n in range(20_000)})


async def test_an_agent_without_states_keeps_none() -> None:
    states = NoStates()
    assert states.fits({})
    await states.keep(0, {})
    assert (states.get(b"a"), len(states), list(states)) == (None, 0, [])
    with pytest.raises(ValueError, match="expected none"):
        await states.keep(0, {b"a": b"1"})


async def test_states_below_a_later_mark_of_ours_end_the_worker(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were on their way while the partition was given out anew."""
    store, append = log.states._store, log.append

    async def late(topic: str, partition: int, rows: Sequence[Row], most: int) -> int:
        store._epochs[partition] = 8
        await append(topic, partition, rows, most)
        return below

    monkeypatch.setattr(log, "append", late)
    below = 9
    with pytest.raises(Overtaken, match="partition 2 was given out anew while its states"):
        await log.states.keep(2, {b"a": b"1"})
    assert dict(log.states) == {}
    # Above the mark they count.
    log.rows.clear()
    store._epochs[2], below = 7, 8
    await log.states.keep(2, {b"a": b"1"})
    assert dict(log.states) == {b"a": b"1"}
