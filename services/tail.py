"""Reads topics as they grow, without a consumer group: for screens and for people."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TOPICS, Topic
from schemas.versions import decode
from services import clients, log, topics
from services.settings import Kafka


@dataclass(frozen=True, slots=True)
class Read:
    """One record of the log, decoded by the topic table."""

    topic: Topic
    partition: int
    offset: int
    raw: bytes
    value: Any


class Tail:
    """The records of some topics, in order within each partition."""

    def __init__(self, consumer: AIOKafkaConsumer, by_name: dict[str, Topic], kafka: Kafka) -> None:
        self._consumer = consumer
        self._by_name = by_name
        self._kafka = kafka

    async def ends(self) -> dict[tuple[str, int], int]:
        """Return the next offset of every partition, by topic and partition."""
        async with clients.consumer(self._kafka) as idle:
            found = await log.ends(idle, list(self._consumer.assignment()))
        return {(self._by_name[tp.topic].name, tp.partition): end for tp, end in found.items()}

    async def lines(self) -> AsyncIterator[str]:
        """Yield the value of every record as it stands, whatever it is: text in one line."""
        async for message in self._consumer:
            yield as_line(message.value)

    async def __aiter__(self) -> AsyncIterator[Read]:
        async for message in self._consumer:
            topic = self._by_name[message.topic]
            value = decode(topic, message.value)
            yield Read(topic, message.partition, message.offset, message.value, value)


def as_line(value: bytes | None) -> str:
    """Return a value for the eyes: null for none, and a sign for each byte that is no text."""
    return "null" if value is None else value.decode("utf-8", "replace")


@asynccontextmanager
async def tail(
    kafka: Kafka, wanted: Sequence[Topic] = TOPICS, *, from_beginning: bool = True
) -> AsyncIterator[Tail]:
    """Open ``wanted`` for reading, from their beginning or from now on.

    Raises
    ------
    NoSuchTopic
        One of them is not there, or hidden from this user.
    """
    async with clients.consumer(kafka) as consumer:
        by_name = {topics.name(t, kafka): t for t in wanted}
        # A client would wait for ever for a topic that is hidden from it.
        if missing := by_name.keys() - await consumer.topics():
            raise topics.NoSuchTopic(min(missing))
        consumer.assign([TopicPartition(n, p) for n in by_name for p in range(kafka.partitions)])
        await (consumer.seek_to_beginning() if from_beginning else consumer.seek_to_end())
        yield Tail(consumer, by_name, kafka)
