"""Reads topics of a cluster from their beginning to where they end now."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.base import RecordRef
from services import clients
from services.records import Delivery, moment
from services.settings import Kafka

BATCH = 1_000
"""Most records that are handled at once."""

Ends = dict[int, int]
"""The next offset of each partition."""


class Reader:
    """Reads topics by their name on the cluster, without a consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: int) -> None:
        self._consumer = consumer
        self._partitions = partitions

    async def ends(self, name: str) -> Ends:
        """Return where each partition of a topic ends; none where there is no such topic."""
        if name not in await self._consumer.topics():
            return {}
        parts = [TopicPartition(name, n) for n in range(self._partitions)]
        found = await self._consumer.end_offsets(parts)
        return {at.partition: end for at, end in sorted(found.items())}

    async def read(self, name: str, until: Mapping[int, int]) -> AsyncIterator[list[Delivery]]:
        """Yield the records below ``until``, each partition's in order, in batches.

        A tombstone is a record with no value.
        """
        for partition, end in until.items():
            at = TopicPartition(name, partition)
            self._consumer.assign([at])
            await self._consumer.seek_to_beginning(at)
            while await self._consumer.position(at) < end:
                fetched = await self._consumer.getmany(at, timeout_ms=1_000, max_records=BATCH)
                batch = [_delivery(name, m) for m in fetched.get(at, []) if m.offset < end]
                if batch:
                    yield batch


@asynccontextmanager
async def reader(kafka: Kafka) -> AsyncIterator[Reader]:
    """Open a cluster for reading."""
    async with clients.consumer(kafka) as consumer:
        yield Reader(consumer, kafka.partitions)


def named(deliveries: list[Delivery], topic: str) -> list[Delivery]:
    """Return records under the name that their topic has in the table of topics."""
    return [
        Delivery(
            RecordRef(topic=topic, partition=d.ref.partition, offset=d.ref.offset),
            d.key,
            d.value,
            d.headers,
            d.at,
        )
        for d in deliveries
    ]


def _delivery(name: str, message: ConsumerRecord) -> Delivery:
    ref = RecordRef(topic=name, partition=message.partition, offset=message.offset)
    headers = tuple((key, value or b"") for key, value in message.headers)
    return Delivery(ref, message.key, message.value, headers, moment(message.timestamp))
