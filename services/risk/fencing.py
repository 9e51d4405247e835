"""The store of a worker's table: in memory, behind a fenced changelog."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, cast

import faust
import structlog
from faust.stores import memory
from faust.types import TP, EventT

from services.faults import Fault
from services.risk.appending import Appender, Row
from services.risk.fence import EPOCH, MARK, Fence

SCHEME = "fenced"
"""The scheme of a store's URL that stands for this one in Faust's registry."""

_BYTES = 1_048_576
"""Most bytes of a batch of marks, or of states that are kept again."""

log = structlog.get_logger(__name__)


class NotHeld(Fault):
    """A state is to be kept in a partition that this worker has not."""


class Store(memory.Store[bytes, bytes]):
    """A table in memory whose changelog is fenced: Faust finds it by ``SCHEME``."""

    def __post_init__(self) -> None:
        """Begin without states."""
        super().__post_init__()
        self._fence = Fence()
        self._epochs: dict[int, int] = {}
        self._undone: dict[bytes, int] = {}

    @cached_property
    def appender(self) -> Appender:
        """What writes to the changelog."""
        return Appender(cast(faust.App, self.app))

    def stamp(self, partition: int) -> list[tuple[str, bytes]]:
        """Return the headers of a state that is kept now.

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
        return [(EPOCH, b"%d" % self._epochs[partition])]

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],  # noqa: ARG002
        newly_assigned: set[TP],  # noqa: ARG002
        generation_id: int = 0,  # noqa: ARG002
    ) -> None:
        """Mark every partition that this worker is given, before its states are restored."""
        for partition in sorted(tp.partition for tp in assigned if tp.topic == self._topic):
            mark: Row = (MARK, b"1", [], None)
            self._epochs[partition] = await self.appender.append(
                self._topic, partition, [mark], _BYTES
            )

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Take in what counts of a changelog."""
        super().apply_changelog_batch([e for e in batch if self._counts(e)], to_key, to_value)

    def _counts(self, event: EventT[Any]) -> bool:
        message = event.message
        key = message.key or b""
        headers = cast(list[tuple[str, bytes]], message.headers or [])
        counts = self._fence.passes(message.partition, message.offset, key, headers)
        if counts:
            self._undone.pop(key, None)
        elif key != MARK:
            self._undone[key] = message.partition
        return counts

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Keep again what a worker wrote over that had lost its partition.

        Its records count for nothing, but they stand last: when the changelog is compacted nothing
        else would be left of their keys.
        """
        await super().on_recovery_completed(active_tps, standby_tps)
        undone: defaultdict[int, list[bytes]] = defaultdict(list)
        for key, partition in self._undone.items():
            undone[partition].append(key)
        for partition, keys in undone.items():
            if TP(self._topic, partition) in active_tps:
                log.warning("kept again", topic=self._topic, partition=partition, states=len(keys))
                rows: list[Row] = [
                    (key, self.data.get(key), self.stamp(partition), None) for key in keys
                ]
                await self.appender.append(self._topic, partition, rows, _BYTES)
        self._undone.clear()

    @property
    def _topic(self) -> str:
        name: str = self.table.changelog_topic.get_topic_name()
        return name
