"""The states of a table, kept in Faust's changelog of it a batch at a time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, cast

import structlog
from faust.types import TableT

from services.risk.appending import Appender, Refused, Row

log = structlog.get_logger(__name__)

_BATCH_BYTES = 16 * 1_048_576
"""Most bytes of changes that are kept at once, well below what a changelog takes of a batch."""

_FRAME = 64
"""What a change takes [bytes] beside its key and value, at most."""

_PAUSE_S = 10.0
"""How long [s] until a broker that does not take a state is asked again."""

Changes = Mapping[bytes, bytes | None]
"""What is to be kept of each key, None for nothing, in the order in which it is to be written."""


class States(Mapping[bytes, bytes], ABC):
    """What an agent reads and keeps the states of its keys in."""

    @abstractmethod
    def fits(self, changes: Changes) -> bool:
        """Tell whether ``changes`` can be kept all at once or not at all."""

    @abstractmethod
    async def keep(self, partition: int, changes: Changes) -> None:
        """Keep ``changes``, which follow from records of ``partition``; return once they are safe.

        Where they fit, a crash keeps all or none. Else it keeps those up to some point.
        """


class TableStates(States):
    """The states of a Faust table in memory, of which Faust restores and hands over partitions.

    Faust's own way is a record for each change, which it sends some time later without looking
    whether it arrives. Here an acknowledged state is in the log before it is in memory.
    """

    def __init__(self, table: TableT[bytes, bytes], appender: Appender) -> None:
        self._table = table
        self._appender = appender

    def fits(self, changes: Changes) -> bool:
        """Tell whether ``changes`` can be kept all at once or not at all."""
        sizes = (len(key) + len(value or b"") for key, value in changes.items())
        return sum(sizes) + _FRAME * len(changes) <= _BATCH_BYTES

    async def keep(self, partition: int, changes: Changes) -> None:
        """Append ``changes`` to the changelog, then take them into memory."""
        if not changes:
            return
        store = self._store
        epoch, stamp = store.epoch(partition), store.stamp(partition)
        rows: list[Row] = [(key, value, stamp, None) for key, value in changes.items()]
        last = await self._append(partition, rows)
        await store.wrote(partition, epoch, changes, last)

    async def _append(self, partition: int, rows: list[Row]) -> int:
        topic = self._table.changelog_topic.get_topic_name()
        start = 0
        while True:
            try:
                return await self._appender.append(topic, partition, rows[start:], _BATCH_BYTES)
            except Refused as refused:
                start += refused.row
                # Going on without the state would lose what it holds: only an operator can help.
                log.critical(
                    "cannot keep a state",
                    topic=topic,
                    key=repr(rows[start][0]),
                    bytes=len(rows[start][1] or b""),
                    why=type(refused.cause).__name__,
                    expected="a topic with a larger max.message.bytes",
                )
                await asyncio.sleep(_PAUSE_S)

    @property
    def _store(self) -> Any:
        # There is none before the application has its settings.
        return self._table.data

    @property
    def _held(self) -> MutableMapping[bytes, bytes]:
        return cast(MutableMapping[bytes, bytes], self._store.data)

    def __getitem__(self, key: bytes) -> bytes:
        return self._held[key]

    def get(self, key: bytes, default: Any = None) -> Any:
        """Return the state of ``key``, or ``default``."""
        return self._held.get(key, default)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class NoStates(States):
    """What an agent has whose records leave no state."""

    def fits(self, changes: Changes) -> bool:
        """Tell whether there is nothing to keep."""
        return not changes

    async def keep(self, partition: int, changes: Changes) -> None:
        """Refuse to keep anything."""
        if changes:
            msg = f"states of partition {partition}: {sorted(changes)}; expected none"
            raise ValueError(msg)

    def __getitem__(self, key: bytes) -> bytes:
        raise KeyError(key)

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __len__(self) -> int:
        return 0
