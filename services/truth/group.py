"""The workers' consumer group: who is in it, how far it has come, and which states it has."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS
from services import topics
from services.settings import Kafka

READ = (INCIDENTS, COMMANDS, OBSERVATIONS)
"""What the workers read."""

_LONGEST_TURN_MS = 24 * 3_600_000
"""How long a rebuild may take; a member that dies is noticed by its heartbeat."""

Committed = dict[str, dict[int, int]]
"""The next offset of each partition, by the name that a topic has in the table of topics."""


async def committed(kafka: Kafka, group: str) -> Committed:
    """Return how far a group has come; topics and partitions that it never committed are absent."""
    found: Committed = {}
    async with _consumer(kafka, group) as consumer:
        for topic in READ:
            for n in range(kafka.partitions):
                offset = await consumer.committed(TopicPartition(topics.name(topic, kafka), n))
                if offset is not None:
                    found.setdefault(topic.name, {})[n] = offset
    return found


async def members(kafka: Kafka, group: str) -> tuple[str, ...]:
    """Return the client ids of a group's members."""
    admin = AIOKafkaAdminClient(**kafka.client_options())
    await admin.start()
    try:
        (response,) = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    (described,) = response.to_object()["groups"]
    return tuple(sorted(m["client_id"] for m in described["members"]))


async def commit(kafka: Kafka, group: str, offsets: Mapping[str, Mapping[int, int]]) -> None:
    """Set how far a group without members has come."""
    names = {t.name: topics.name(t, kafka) for t in READ}
    where = {TopicPartition(names[n], p): o for n, kept in offsets.items() for p, o in kept.items()}
    if not where:
        return
    async with _consumer(kafka, group) as consumer:
        consumer.assign(list(where))
        await consumer.commit(where)


@asynccontextmanager
async def turn(kafka: Kafka, group: str) -> AsyncIterator[None]:
    """Wait until nobody else makes the group's tables, and keep others waiting meanwhile.

    The turn is a partition of a consumer group beside the workers': the broker gives it to one
    member at a time, and to the next one when that member leaves or dies.
    """
    topic = topics.name(OBSERVATIONS, kafka)
    consumer = AIOKafkaConsumer(
        topic,
        **kafka.client_options(),
        group_id=f"{group}-rebuild",
        enable_auto_commit=False,
        max_poll_interval_ms=_LONGEST_TURN_MS,
    )
    await consumer.start()
    try:
        while TopicPartition(topic, 0) not in consumer.assignment():
            await asyncio.sleep(0.2)
        consumer.pause(*consumer.assignment())
        yield
    finally:
        await consumer.stop()


async def state_version(kafka: Kafka, group: str) -> int | None:
    """Return the version of the states that the group's tables hold whole, if any.

    It is kept as an offset of a group beside the workers', where it survives them.
    """
    kept = await committed(kafka, _versions(group))
    return kept.get(OBSERVATIONS.name, {}).get(0)


async def set_state_version(kafka: Kafka, group: str, version: int) -> None:
    """Say that the group's tables hold the states of ``version`` whole."""
    await commit(kafka, _versions(group), {OBSERVATIONS.name: {0: version}})


def _versions(group: str) -> str:
    return f"{group}-state-version"


@asynccontextmanager
async def _consumer(kafka: Kafka, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that speaks for a group and is no member of it."""
    consumer = AIOKafkaConsumer(**kafka.client_options(), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
