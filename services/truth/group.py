"""The workers' consumer group: who is in it, how far it has come, and which states it has."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS
from services import clients, topics
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
    async with clients.consumer(kafka, group_id=group) as consumer:
        for topic in READ:
            for n in range(kafka.partitions):
                offset = await consumer.committed(TopicPartition(topics.name(topic, kafka), n))
                if offset is not None:
                    found.setdefault(topic.name, {})[n] = offset
    return found


async def members(kafka: Kafka, group: str) -> tuple[str, ...]:
    """Return the client ids of a group's members."""
    described = await _described(kafka, group)
    return tuple(sorted(m["client_id"] for m in described["members"]))


async def member_ids(kafka: Kafka, group: str) -> frozenset[str]:
    """Return the ids that the broker gave a group's members; each joining gets another."""
    return frozenset(m["member_id"] for m in (await _described(kafka, group))["members"])


async def assigned(kafka: Kafka, group: str) -> frozenset[str]:
    """Return the ids of the members that have their partitions; none while they are shared out."""
    described = await _described(kafka, group)
    # Which partitions each has is not looked at: Tansu does not tell.
    stable = described["state"] == "Stable"
    return frozenset(m["member_id"] for m in described["members"] if stable)


async def _described(kafka: Kafka, group: str) -> dict[str, Any]:
    async with clients.admin(kafka) as admin:
        try:
            (response,) = await admin.describe_consumer_groups([group])
        except GroupCoordinatorNotAvailableError:
            # A cluster on which no group has ever been has nobody yet who knows of groups.
            return {"state": "Empty", "members": []}
    (described,) = response.to_object()["groups"]
    found: dict[str, Any] = described
    return found


async def commit(kafka: Kafka, group: str, offsets: Mapping[str, Mapping[int, int]]) -> None:
    """Set how far a group without members has come."""
    names = {t.name: topics.name(t, kafka) for t in READ}
    where = {TopicPartition(names[n], p): o for n, kept in offsets.items() for p, o in kept.items()}
    if not where:
        return
    async with clients.consumer(kafka, group_id=group) as consumer:
        consumer.assign(list(where))
        await consumer.commit(where)


@asynccontextmanager
async def turn(kafka: Kafka, group: str) -> AsyncIterator[None]:
    """Wait until nobody else makes the group's tables, and keep others waiting meanwhile.

    The turn is a partition of a consumer group beside the workers': the broker gives it to one
    member at a time, and to the next one when that member leaves or dies.
    """
    topic = topics.name(OBSERVATIONS, kafka)
    options = {"group_id": f"{group}-rebuild", "max_poll_interval_ms": _LONGEST_TURN_MS}
    async with clients.consumer(kafka, **options) as consumer:
        consumer.subscribe([topic])
        while TopicPartition(topic, 0) not in consumer.assignment():
            await asyncio.sleep(0.2)
        consumer.pause(*consumer.assignment())
        yield


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
