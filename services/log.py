"""Reads topics of a cluster, without a consumer group, to where they end now."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.base import RecordRef
from schemas.topics import Topic
from services import clients, topics
from services.records import Delivery, moment
from services.settings import Kafka

BATCH = 1_000
"""Most records that are handled at once."""

Offsets = dict[int, int]
"""An offset of each partition."""


class Reader:
    """Reads topics of the table of topics, or others by their name on the cluster."""

    def __init__(self, consumer: AIOKafkaConsumer, kafka: Kafka) -> None:
        self._consumer = consumer
        self._kafka = kafka

    async def ends(self, topic: Topic | str) -> Offsets:
        """Return the next offset of each partition; none where there is no such topic."""
        name = self._name(topic)
        if name not in await self._consumer.topics():
            return {}
        places = [TopicPartition(name, n) for n in range(self._kafka.partitions)]
        return {tp.partition: end for tp, end in (await ends(self._consumer, places)).items()}

    async def read(
        self, topic: Topic | str, until: Mapping[int, int], starts: Mapping[int, int] | None = None
    ) -> AsyncIterator[list[Delivery]]:
        """Yield the records from ``starts`` (else all) below ``until``, each partition's in order.

        They come in batches, under the name that the topic has in the table of topics. A record
        without a value is a tombstone.
        """
        called = topic if isinstance(topic, str) else topic.name
        async for batch in self.messages(topic, until, starts):
            yield [delivery(called, message) for message in batch]

    async def messages(
        self, topic: Topic | str, until: Mapping[int, int], starts: Mapping[int, int] | None = None
    ) -> AsyncIterator[list[ConsumerRecord]]:
        """Yield the same records as Kafka's client gives them."""
        name = self._name(topic)
        for partition, end in until.items():
            at = TopicPartition(name, partition)
            self._consumer.assign([at])
            first = (await self._consumer.beginning_offsets([at]))[at]
            self._consumer.seek(at, max(first, (starts or {}).get(partition, 0)))
            # The position also passes what is no record, such as a transaction's marker.
            while await self._consumer.position(at) < end:
                fetched = await self._consumer.getmany(at, timeout_ms=1_000, max_records=BATCH)
                batch = [m for m in fetched.get(at, []) if m.offset < end]
                if batch:
                    yield batch

    def _name(self, topic: Topic | str) -> str:
        return topic if isinstance(topic, str) else topics.name(topic, self._kafka)


@asynccontextmanager
async def reader(kafka: Kafka) -> AsyncIterator[Reader]:
    """Open a cluster for reading."""
    # What is suddenly not there any more is an error: to go on at the end would skip the rest.
    async with clients.consumer(kafka, auto_offset_reset="none") as consumer:
        yield Reader(consumer, kafka)


async def ends(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return the next offset of each partition, with a consumer that has nothing else to do.

    Tansu tells the end as if the last batch held one record; what it answers to a fetch is right.
    """
    consumer.assign(places)
    first = await consumer.beginning_offsets(places)
    told: dict[TopicPartition, int] = await consumer.end_offsets(places)
    full = [tp for tp in places if told[tp] > first[tp]]
    for tp in full:
        consumer.seek(tp, told[tp] - 1)
    while unknown := [tp for tp in full if consumer.highwater(tp) is None]:
        await consumer.getmany(*unknown, timeout_ms=500)
    return told | {tp: max(told[tp], consumer.highwater(tp)) for tp in full}


def delivery(topic: str, message: ConsumerRecord) -> Delivery:
    """Return a record as it was read, under the name of its topic in the table of topics."""
    ref = RecordRef(topic=topic, partition=message.partition, offset=message.offset)
    headers = tuple((key, value or b"") for key, value in message.headers)
    return Delivery(ref, message.key, message.value, headers, moment(message.timestamp))
