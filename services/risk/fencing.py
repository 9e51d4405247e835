"""The store of a worker's table: in memory, behind a fenced changelog."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import Any, cast

import faust
import stamina
import structlog
from aiokafka.errors import KafkaError
from faust.stores import memory
from faust.types import TP, EventT

from services import log as reading
from services.clients import Unreachable
from services.faults import Fault
from services.log import Reader
from services.risk import fence
from services.risk.appending import Appender, Row
from services.risk.fence import MARK, Fence

SCHEME = "fenced"
"""The scheme of a store's URL that stands for this one in Faust's registry."""

AGAIN_S = 1.0
"""After how long, at most, a broker that broke off a read is asked again [s]."""

_BYTES = 1_048_576
"""Most bytes of a batch of marks, or of states that are kept again."""

log = structlog.get_logger(__name__)


def patiently() -> Any:
    """Return attempts to read, until the broker does not break one off."""
    away = (KafkaError, Unreachable, OSError)
    return stamina.retry_context(on=away, attempts=None, timeout=None, wait_max=AGAIN_S)


class NotHeld(Fault):
    """A state is to be kept in a partition that this worker has not."""


class Overtaken(Fault):
    """States were written below the mark of a later epoch than theirs."""


class Store(memory.Store[bytes, bytes]):
    """A table in memory whose changelog is fenced: Faust finds it by ``SCHEME``.

    It knows up to where in each partition's changelog its states hold all that counts, by what it
    has read and by what it alone has written since. Who keeps a partition over a rebalance thus has
    next to nothing to read again.
    """

    def __post_init__(self) -> None:
        """Begin without states."""
        super().__post_init__()
        self._fence = Fence()
        self._epochs: dict[int, int] = {}
        self._marks: defaultdict[int, set[int]] = defaultdict(set)
        self._undone: dict[bytes, int] = {}
        self._reached: dict[int, int] = {}
        # Partitions whose states were whole; and those where they are of no use any more.
        self._restored: set[int] = set()
        self._outdated: set[int] = set()

    @cached_property
    def appender(self) -> Appender:
        """What writes to the changelog."""
        return Appender(cast(faust.App, self.app))

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """Open the cluster for reading."""
        return reading.reader(cast(Any, self.app).kafka)

    def epoch(self, partition: int) -> int:
        """Return the offset of the mark under which a partition's states are kept now.

        Raises
        ------
        NotHeld
            The partition of the changelog was never given to this worker.
        """
        if partition not in self._epochs:
            msg = (
                f"partition {partition} of {self._topic} was not given to this worker, although "
                "the records that change its states were; it ends, and begins anew with both"
            )
            raise NotHeld(msg)
        return self._epochs[partition]

    def stamp(self, partition: int) -> list[tuple[str, bytes]]:
        """Return the headers of a state that is kept now; raises as ``epoch``."""
        return fence.stamp(self.epoch(partition))

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],  # noqa: ARG002
        newly_assigned: set[TP],  # noqa: ARG002
        generation_id: int = 0,  # noqa: ARG002
    ) -> None:
        """Mark every partition that this worker is given, before its states are restored."""
        for partition in sorted(tp.partition for tp in assigned if tp.topic == self._topic):
            await self._mark(partition)

    async def _mark(self, partition: int) -> None:
        mark: Row = (MARK, b"1", [], None)
        at = await self.appender.append(self._topic, partition, [mark], _BYTES)
        self._epochs[partition] = at
        self._marks[partition].add(at)
        self._follows(partition, 1, at)

    async def wrote(
        self, partition: int, epoch: int, changes: Mapping[bytes, bytes | None], last: int
    ) -> None:
        """Take in states that were written under an epoch, the last of them at offset ``last``.

        Raises
        ------
        Overtaken
            The partition was marked again before they came: they count for nothing.
        """
        if epoch < self._epochs[partition] < last:
            raise _overtaken(partition)
        # Who has lost the partition holds nothing of it.
        if partition not in self._reached:
            return
        for key, value in changes.items():
            self._put(partition, key, value)
        if self._follows(partition, len(changes), last):
            return
        await self._look(partition, last)
        if self._fence.marked(partition) > epoch:
            raise _overtaken(partition)

    def _follows(self, partition: int, count: int, last: int) -> bool:
        """Tell whether ``count`` records of ours, up to ``last``, follow on what is known.

        If they do not, somebody else has written too, or a record is there twice.
        """
        follows = self._reached.get(partition) == last - count
        if follows:
            self._reached[partition] = last
        return follows

    async def _look(self, partition: int, end: int) -> None:
        """Take in what stands between what is known and ``end``, and that included."""
        async for attempt in patiently():
            with attempt:
                async with self.reader() as log:
                    at = self._reached.get(partition, end)
                    places = {partition: end + 1}, {partition: at + 1}
                    async for batch in log.messages(self._topic, *places):
                        # It is being restored, or has gone: what is known is another matter now.
                        if self._reached.get(partition) != at:
                            return
                        self.take(batch)
                        at = self._reached[partition]

    def persisted_offset(self, tp: TP) -> int:
        """Return up to where there is nothing to restore: -1 where all is to be read."""
        return self._reached.get(tp.partition, -1)

    def reach(self, partition: int, offset: int) -> None:
        """Note that no record is missing up to ``offset``."""
        self._reached[partition] = offset

    def take(self, records: Iterable[Any]) -> None:
        """Take in what counts of a changelog; ``records`` follow on those that were read before."""
        for record in records:
            partition, offset, key = record.partition, record.offset, record.key or b""
            headers = cast(list[tuple[str, bytes]], record.headers or ())
            if self._fence.passes(partition, offset, key, headers):
                self._put(partition, key, record.value)
                self._undone.pop(key, None)
            elif key != MARK:
                self._undone[key] = partition
            elif partition in self._restored and offset not in self._marks[partition]:
                self._outdated.add(partition)
            self._reached[partition] = offset

    def is_outdated(self, partition: int) -> bool:
        """Tell whether the partition was another's since its states were restored here.

        We may have gone on for a moment, with states that count for nothing; what the other one
        deleted may have left no trace. It is to be forgotten, and read from its beginning.
        """
        return partition in self._outdated

    def forget(self, partitions: set[int]) -> None:
        """Hold nothing of partitions, as if they had never been read."""
        for key in [key for key, at in self._key_partition.items() if at in partitions]:
            del self.data[key], self._key_partition[key]
        for partition in partitions:
            self._reached.pop(partition, None)
        self._restored -= partitions
        self._outdated -= partitions

    def _put(self, partition: int, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.data.pop(key, None)
            self._key_partition.pop(key, None)
        else:
            self.data[key] = value
            # Faust drops a key together with its partition.
            self._key_partition[key] = partition

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],  # noqa: ARG002
        to_value: Callable[[Any], Any],  # noqa: ARG002
    ) -> None:
        """Take in what Faust read of a changelog."""
        self.take(event.message for event in batch)

    async def on_recovery_completed(
        self,
        active_tps: set[TP],
        standby_tps: set[TP],  # noqa: ARG002
    ) -> None:
        """Keep again what a worker wrote over that had lost its partition.

        Its records count for nothing, but they stand last: when the changelog is compacted nothing
        else would be left of their keys.
        """
        held = {tp.partition for tp in active_tps}
        self.forget({*self._key_partition.values(), *self._reached} - held)
        self._restored |= held
        undone: defaultdict[int, list[bytes]] = defaultdict(list)
        for key, partition in self._undone.items():
            undone[partition].append(key)
        self._undone = {}
        for partition in sorted(held):
            # Who was to have it before has marked it late: what is written now would not count.
            if self._fence.marked(partition) > self.epoch(partition):
                await self._mark(partition)
            if keys := undone.get(partition):
                await self._keep_again(partition, keys)

    async def _keep_again(self, partition: int, keys: Sequence[bytes]) -> None:
        log.warning("kept again", topic=self._topic, partition=partition, states=len(keys))
        epoch, stamp = self.epoch(partition), self.stamp(partition)
        rows: list[Row] = [(key, self.data.get(key), stamp, None) for key in keys]
        last = await self.appender.append(self._topic, partition, rows, _BYTES)
        if epoch == self.epoch(partition):
            self._follows(partition, len(rows), last)
        else:
            # The next rebalance has begun meanwhile, and they may stand below its mark.
            self._undone |= dict.fromkeys(keys, partition)

    @property
    def _topic(self) -> str:
        name: str = self.table.changelog_topic.get_topic_name()
        return name


def _overtaken(partition: int) -> Overtaken:
    return Overtaken(
        f"partition {partition} was given out anew while its states were written: they count for "
        "nothing; the worker ends, and begins anew with what stands in the log"
    )
