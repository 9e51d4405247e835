"""Appends to the log: answers only once every replica has a record, or none ever will."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from schemas.base import RecordRef
from schemas.topics import TOPICS
from services import topics
from services.gateway.lanes import Lane
from services.gateway.producers import Producers
from services.gateway.watching import Watch
from services.records import Outgoing, partition_of
from services.settings import Kafka

Appended = Callable[[str], object]
"""Is told the topic of every record that has been written."""


class KafkaWriter:
    """Appends to the topics of the cluster, a lane a partition."""

    def __init__(self, kafka: Kafka, producers: Producers, appended: Appended) -> None:
        self._appended = appended
        self._partitions = kafka.partitions
        self._watch = Watch(str(kafka.bootstrap_servers), self._refuse)
        self._lanes = {
            (topic.name, n): Lane(topics.name(topic, kafka), n, producers, self._away)
            for topic in TOPICS
            for n in range(kafka.partitions)
        }

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Take a record in hand, and return the place that it will have.

        Records of one key get their places in the order in which they are put.
        """
        partition = partition_of(record.key or b"", self._partitions)
        place = self._lanes[record.topic.name, partition].put(record)
        place.add_done_callback(partial(self._count, record.topic.name))
        return place

    async def append(self, record: Outgoing) -> RecordRef:
        """Return where a record stands, once every replica has it.

        Raises
        ------
        LogAway
            It has not been written, and will not be.
        InDoubt
            Whether it has been written cannot be told.
        """
        # Whoever gives up waiting does not take the record back.
        return await asyncio.shield(self.put(record))

    def _count(self, topic: str, place: "asyncio.Future[RecordRef]") -> None:
        if not place.cancelled() and place.exception() is None:
            self._appended(topic)

    async def close(self) -> None:
        """Refuse what waits."""
        await self._watch.close()
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    def _away(self) -> str | None:
        return self._watch.away

    def _refuse(self, why: str) -> None:
        for lane in self._lanes.values():
            lane.refuse(why)


@asynccontextmanager
async def writer(kafka: Kafka, appended: Appended) -> AsyncIterator[KafkaWriter]:
    """Open the log for writing; what waits when it is closed is refused.

    Raises
    ------
    Unreachable
        No broker answers.
    """
    producers = Producers(kafka)
    try:
        await producers.current()
        found = KafkaWriter(kafka, producers, appended)
        try:
            yield found
        finally:
            await found.close()
    finally:
        await producers.close()
