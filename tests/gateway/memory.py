"""A log in memory, for routes whose subject is not Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from schemas.base import RecordRef
from services.gateway.parts import LogAway
from services.records import Outgoing, partition_of


class MemoryLog:
    """Keeps what is appended; ``away`` refuses everything, as a broker that is gone.

    Parameters
    ----------
    ends
        The next offset, by topic and partition, of a log that has records already.
    """

    def __init__(
        self, partitions: int = 4, ends: Mapping[tuple[str, int], int] | None = None
    ) -> None:
        self.records: list[tuple[RecordRef, Outgoing]] = []
        self.away = False
        self._partitions = partitions
        self._ends: dict[tuple[str, int], int] = defaultdict(int, ends or {})

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Keep a record at the next offset of its partition."""
        future: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
        if self.away:
            future.set_exception(LogAway("no broker answers"))
        else:
            future.set_result(self._kept(record))
        return future

    async def append(self, record: Outgoing) -> RecordRef:
        """Keep a record at the next offset of its partition."""
        return await self.put(record)

    def _kept(self, record: Outgoing) -> RecordRef:
        partition = partition_of(record.key or b"", self._partitions)
        place = (record.topic.name, partition)
        ref = RecordRef(topic=record.topic.name, partition=partition, offset=self._ends[place])
        self._ends[place] += 1
        self.records.append((ref, record))
        return ref
