"""Writes records to topics in batches that are made beforehand, so that writing costs little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from services import clients
from services.records import partition_of
from services.settings import Kafka

BATCH_BYTES = 262_144

Headers = tuple[tuple[str, bytes], ...]

CLOUDEVENT: Headers = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)

KEPT = {"retention.ms": "-1", "retention.bytes": "-1"}
"""The traffic is decades old: a broker would delete it at once."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to write; ``goes_by`` stands for the key where partitions are chosen, if given."""

    key: bytes
    value: bytes
    at_ms: int
    headers: Headers = field(default=CLOUDEVENT)
    goes_by: bytes | None = None


async def create(kafka: Kafka, *names: str, **config: str) -> None:
    """Create topics that keep what is written to them."""
    async with clients.admin(kafka) as admin:
        new = [NewTopic(n, kafka.partitions, 1, topic_configs=KEPT | config) for n in names]
        response = await admin.create_topics(new)
    refused = [e for e in response.topic_errors if e[1]]
    if refused:
        msg = f"cannot create the topics of the benchmark: {refused}"
        raise RuntimeError(msg)


class Feed:
    """Batches of records, made ready for a producer that has been started."""

    def __init__(
        self, producer: AIOKafkaProducer, partitions: int, records: Iterable[Record]
    ) -> None:
        self._producer = producer
        self.counts = [0] * partitions
        self._full: list[tuple[int, object]] = []
        open_ = {p: producer.create_batch() for p in range(partitions)}
        for r in records:
            p = partition_of(r.goes_by or r.key, partitions)
            self.counts[p] += 1
            said = {
                "timestamp": r.at_ms,
                "key": r.key,
                "value": r.value,
                "headers": list(r.headers),
            }
            if open_[p].append(**said) is None:
                self._full.append((p, open_[p]))
                open_[p] = producer.create_batch()
                open_[p].append(**said)
        self._full += [(p, batch) for p, batch in open_.items() if batch.record_count()]

    async def write(self, topic: str) -> None:
        """Write all records, in order within each partition; return when the broker has them."""
        waiting = [
            await self._producer.send_batch(batch, topic, partition=p) for p, batch in self._full
        ]
        for acknowledged in waiting:
            await acknowledged


async def write(kafka: Kafka, topic: str, records: Sequence[Record]) -> None:
    """Write records to a topic."""
    async with clients.producer(kafka, max_batch_size=BATCH_BYTES) as producer:
        await Feed(producer, kafka.partitions, records).write(topic)


class Ends:
    """Watches how many records topics have."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: int) -> None:
        self._consumer = consumer
        self._partitions = range(partitions)

    async def of(self, topic: str) -> int:
        """Return how many records a topic has."""
        places = [TopicPartition(topic, p) for p in self._partitions]
        found: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        return sum(found.values())
