"""Writes a dump into a log that is empty, and says how far the workers had come with it."""

import heapq
from asyncio import Future
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import REJECTED, TOPICS, Topic
from services import clients, topics
from services.dump import files
from services.dump.dump import ORDER
from services.dump.files import Line, Manifest
from services.dump.moves import Moves, Place
from services.faults import Fault
from services.log import reader
from services.progress import Advance
from services.settings import Kafka, Settings
from services.truth import group

IN_FLIGHT = 10_000
"""Most records that wait for the broker at once."""


class NotEmpty(Fault):
    """The log that is to be written has something in it, or somebody at work on it."""


class Astray(Fault):
    """A record is not where it was to go: somebody else writes to the topics."""


async def load(settings: Settings, folder: Path, advance: Advance) -> Manifest:
    """Write a dump to the topics of the settings, which are made where they are missing.

    Keys, values, headers and times are those of the dump. Where the settings have more partitions,
    or offsets of the dump are missing, records stand elsewhere than they did: what names them is
    written accordingly.

    Raises
    ------
    BadDump
        The folder holds no whole dump; nothing has been written.
    NotEmpty
        A topic has records, or the workers' group has members; nothing has been written.
    CannotMove
        The records cannot be shared out over that many partitions.
    """
    kafka, name = settings.kafka, settings.worker.group
    manifest = files.read(folder)
    moves = Moves(manifest.partitions, kafka.partitions, manifest.committed)
    await topics.ensure(kafka)
    await _check(kafka, name)
    options = {"enable_idempotence": True, "max_request_size": REJECTED.max_message_bytes}
    async with clients.producer(kafka, linger_ms=5, **options) as producer:
        writing = _Writing(producer, advance, manifest.records)
        # What others rest on comes first: where it stands must be known.
        for topic in reversed(ORDER):
            for partition, line in _records(folder, manifest, topic):
                to = moves.put(topic.name, partition, line)
                await writing.send(topics.name(topic, kafka), to, moves.follow(topic.name, line))
        await writing.settle(0)
    await _commit(kafka, name, moves)
    return manifest


async def _check(kafka: Kafka, group_name: str) -> None:
    async with reader(kafka) as log:
        for topic in TOPICS:
            if found := sum((await log.ends(topic)).values()):
                msg = (
                    f"topic {topics.name(topic, kafka)!r} has {found} records; a dump is loaded "
                    "into empty topics alone: set another FOREWARN_KAFKA__TOPIC_PREFIX"
                )
                raise NotEmpty(msg)
    if active := await group.members(kafka, group_name):
        msg = f"consumer group {group_name!r} has {len(active)} members; stop its workers first"
        raise NotEmpty(msg)


def _records(folder: Path, manifest: Manifest, topic: Topic) -> Iterator[tuple[int, Line]]:
    """Yield the records of a topic by time, as far as the order of each partition allows."""

    def of(part: files.Part) -> Iterator[tuple[int, int, Line]]:
        return ((line.at, part.partition, line) for line in files.lines(folder, part))

    parts = [of(part) for part in manifest.parts if part.topic == topic.name]
    for _, partition, line in heapq.merge(*parts, key=lambda found: found[:2]):
        yield partition, line


class _Writing:
    """Sends records in order, and sees that each stands where it was to go."""

    def __init__(self, producer: AIOKafkaProducer, advance: Advance, total: int) -> None:
        self._producer, self._advance, self._total = producer, advance, total
        self._waiting: deque[tuple[str, Place, Future[Any]]] = deque()
        self._done = 0

    async def send(self, topic: str, to: Place, line: Line) -> None:
        """Send a record; wait for earlier ones where there are many."""
        sent = await self._producer.send(
            topic,
            line.value,
            key=line.key,
            partition=to[0],
            timestamp_ms=line.at,
            headers=list(line.headers),
        )
        self._waiting.append((topic, to, sent))
        await self.settle(IN_FLIGHT)

    async def settle(self, left: int) -> None:
        """Wait until no more than ``left`` records are on their way.

        Raises
        ------
        Astray
            One stands elsewhere than it was to.
        """
        while len(self._waiting) > left:
            topic, to, sent = self._waiting.popleft()
            written = await sent
            if (written.partition, written.offset) != to:
                msg = (
                    f"{topic} {to[0]}: a record stands at {written.offset}, expected {to[1]}: "
                    "something else writes to these topics; stop it, and load into others"
                )
                raise Astray(msg)
            self._done += 1
            self._advance("loading", self._done, self._total)


async def _commit(kafka: Kafka, group_name: str, moves: Moves) -> None:
    """Let the workers' group go on where it was; its tables are made anew by the first worker."""
    by_name = {topic.name: topics.name(topic, kafka) for topic in TOPICS}
    at = {
        TopicPartition(by_name[topic], partition): offset
        for topic, offsets in moves.committed().items()
        for partition, offset in offsets.items()
    }
    async with clients.consumer(kafka, group_id=group_name, enable_auto_commit=False) as consumer:
        consumer.assign(list(at))
        await consumer.commit(at)
