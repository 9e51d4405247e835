"""The store of a table behind its fence: marked, restored, and what was written over kept again."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types import TP

from services.risk.appending import Appender, Row
from services.risk.fence import EPOCH, MARK
from services.risk.fencing import NotHeld, Store

TOPIC = "t-table-changelog"
MINE = {TP(TOPIC, 0), TP(TOPIC, 1), TP("incidents", 0)}


class Log(Appender):
    """Stands in for the broker: each partition's records by their offset."""

    def __init__(self) -> None:
        self.records: dict[int, list[Row]] = {0: [], 1: [], 2: []}

    async def append(self, topic: str, partition: int, rows: Sequence[Row], most: int) -> int:
        assert (topic, most >= 1_000_000) == (TOPIC, True)
        self.records[partition] += rows
        return len(self.records[partition]) - 1

    def events(self, partition: int) -> list[Any]:
        """Return what Faust makes of a partition's records."""
        return [
            SimpleNamespace(
                key=key,
                value=value,
                message=SimpleNamespace(
                    key=key, value=value, headers=headers, partition=partition, offset=offset
                ),
            )
            for offset, (key, value, headers, _) in enumerate(self.records[partition])
        ]


@pytest.fixture
async def log() -> Log:
    return Log()


async def store(log: Log, folder: Path) -> Store:
    app = faust.App("t", broker="forewarn://127.0.0.1:1", store="fenced://", datadir=str(folder))
    table = app.Table("table", key_type=bytes, value_type=bytes, partitions=3)
    app.finalize()
    found: Any = table.data
    assert isinstance(found, Store)
    found.appender = log
    return found


async def restore(log: Log, found: Store, *partitions: int) -> None:
    for partition in partitions:
        found.apply_changelog_batch(log.events(partition), lambda key: key, lambda value: value)
    await found.on_recovery_completed({TP(TOPIC, partition) for partition in partitions}, set())


async def test_every_partition_that_is_given_is_marked_and_its_states_say_so(
    log: Log, tmp_path: Path
) -> None:
    log.records[1] = [(b"a", b"0", [], None)]
    found = await store(log, tmp_path)
    await found.on_rebalance(MINE, set(), MINE)
    assert [row[0] for row in log.records[0]] == [MARK]
    assert (found.stamp(0), found.stamp(1)) == ([(EPOCH, b"0")], [(EPOCH, b"1")])
    with pytest.raises(NotHeld, match="partition 2 of t-table-changelog was not given"):
        found.stamp(2)


async def test_what_one_writes_that_has_lost_the_partition_is_not_restored_and_is_kept_again(
    log: Log, tmp_path: Path
) -> None:
    held_up = await store(log, tmp_path / "a")
    await held_up.on_rebalance(MINE, set(), MINE)
    log.records[0].append((b"a", b"1", held_up.stamp(0), None))
    owner = await store(log, tmp_path / "b")
    await owner.on_rebalance(MINE, set(), MINE)
    log.records[0].append((b"a", b"2", owner.stamp(0), None))
    # The one that was held up goes on with what it had in hand.
    log.records[0].append((b"a", b"old", held_up.stamp(0), None))
    log.records[0].append((b"b", b"old", held_up.stamp(0), None))
    third = await store(log, tmp_path / "c")
    await third.on_rebalance(MINE, set(), MINE)
    await restore(log, third, 0, 1)
    assert dict(third.data) == {b"a": b"2"}
    # Compaction leaves the last record of each key: it is the right one again.
    stamp = third.stamp(0)
    assert log.records[0][-2:] == [(b"a", b"2", stamp, None), (b"b", None, stamp, None)]
    before = len(log.records[0])
    await restore(log, third, 0, 1)
    assert (len(log.records[0]), dict(third.data)) == (before, {b"a": b"2"})


async def test_what_the_owner_has_written_since_needs_not_be_kept_again(
    log: Log, tmp_path: Path
) -> None:
    held_up, owner = await store(log, tmp_path / "a"), await store(log, tmp_path / "b")
    await held_up.on_rebalance(MINE, set(), MINE)
    await owner.on_rebalance(MINE, set(), MINE)
    log.records[0].append((b"a", b"old", held_up.stamp(0), None))
    log.records[0].append((b"a", b"3", owner.stamp(0), None))
    before = len(log.records[0])
    await restore(log, owner, 0)
    assert (len(log.records[0]), dict(owner.data)) == (before, {b"a": b"3"})
