"""The workers' consumer group: who is in it, how far it has come, and which states it has."""

from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas.topics import OBSERVATIONS, TOPICS
from services import clients, topics
from services.settings import Kafka

Offsets = dict[str, dict[int, int]]
"""The next offset of each partition, by the name that a topic has in the table of topics."""


async def committed(kafka: Kafka, group: str) -> Offsets:
    """Return how far a group has come; topics and partitions that it never committed are absent."""
    names = {topics.name(t, kafka): t.name for t in TOPICS}
    found: Offsets = {}
    async with clients.admin(kafka) as admin:
        offsets = await admin.list_consumer_group_offsets(group)
    for at, kept in offsets.items():
        if at.topic in names and kept.offset >= 0:
            found.setdefault(names[at.topic], {})[at.partition] = kept.offset
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
    names = {t.name: topics.name(t, kafka) for t in TOPICS}
    where = {TopicPartition(names[n], p): o for n, kept in offsets.items() for p, o in kept.items()}
    if not where:
        return
    async with clients.consumer(kafka, group_id=group) as consumer:
        consumer.assign(list(where))
        await consumer.commit(where)


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
