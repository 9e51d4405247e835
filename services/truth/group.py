"""The workers' consumer group: who is in it, how far it has come, and which states it has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS
from services import clients, topics
from services.faults import Fault
from services.log import reader
from services.settings import Kafka

READ = (INCIDENTS, COMMANDS, OBSERVATIONS)
"""What the workers read."""

_LONGEST_TURN_MS = 24 * 3_600_000
"""How long a rebuild may take; a member that dies is noticed by its heartbeat."""

LEADS_S = 15
"""How long a new leader of a partition may take to know how far it goes [s]."""

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


class LogCut(Fault):
    """The log ends before what a group has read of it."""


async def reached(kafka: Kafka, group: str) -> Committed:
    """Return how far a group has come in the log that is there; see ``committed``.

    Raises
    ------
    LogCut
        It has read further than that log goes. What is reported from now on gets offsets that the
        group has had, and would be passed over.
    """
    for _ in range(LEADS_S):
        come = await committed(kafka, group)
        if (found := await _beyond(kafka, come)) is None:
            return come
        await asyncio.sleep(1)
    msg = (
        f"consumer group {group!r} has read {found}: the log lost its end, as a single broker does "
        "at a power cut, or is another log. What is reported now would be passed over; see "
        "docs/maintaining.md, A log that lost its end"
    )
    raise LogCut(msg)


async def _beyond(kafka: Kafka, come: Committed) -> str | None:
    """Return where a group has come further than the log goes, in words."""
    async with reader(kafka) as log:
        ends = {topic.name: await log.ends(topic) for topic in READ}
    for topic, offsets in come.items():
        for partition, offset in offsets.items():
            if offset > (end := ends[topic].get(partition, 0)):
                return f"topic {topic!r}, partition {partition}, to {offset}, and it ends at {end}"
    return None


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


class TurnLost(Fault):
    """The broker has taken the turn away, for example because it heard nothing for too long."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"another process has taken over the tables of group {group!r}; run it again"
        )


@asynccontextmanager
async def turn(kafka: Kafka, group: str) -> AsyncIterator[Callable[[], None]]:
    """Wait until nobody else makes the group's tables, and keep others waiting meanwhile.

    The turn is the one partition of a topic, in a consumer group of its own: the broker gives it to
    one member, the assignor leaves it there while others join, and the next one gets it when that
    member leaves or dies. What is yielded raises ``TurnLost`` where the turn is held no longer.
    """
    name = states_topic(group)
    await topics.ensure_compacted(kafka, name, partitions=1)
    at = TopicPartition(name, 0)
    options = {
        "group_id": f"{group}-rebuild",
        "max_poll_interval_ms": _LONGEST_TURN_MS,
        # A topic that was just made may be unknown at first: it is looked for again soon.
        "metadata_max_age_ms": 1_000,
        # It remembers on its class what its consumer holds: each consumer needs a class of its own.
        "partition_assignment_strategy": (type("Sticky", (StickyPartitionAssignor,), {}),),
    }
    async with clients.consumer(kafka, **options) as consumer:
        consumer.subscribe([name])

        def held() -> None:
            if at not in consumer.assignment():
                raise TurnLost(group)

        while at not in consumer.assignment():
            await asyncio.sleep(0.2)
        consumer.pause(at)
        yield held


def states_topic(group: str) -> str:
    """Return the topic that says which states a group's tables hold."""
    return f"{group}-states"


async def state_version(kafka: Kafka, group: str) -> int | None:
    """Return the version of the states that the group's tables hold whole; 0 for half made ones.

    None where it was never said: by a group that has begun nothing, or by an older build.
    """
    found: bytes | None = None
    name = states_topic(group)
    async with reader(kafka.model_copy(update={"partitions": 1})) as log:
        async for batch in log.read(name, await log.ends(name)):
            found = batch[-1].value
    return None if found is None else int(found)


async def set_state_version(kafka: Kafka, group: str, version: int) -> None:
    """Say that the group's tables hold the states of ``version`` whole; 0: that they do not."""
    name = states_topic(group)
    await topics.ensure_compacted(kafka, name, partitions=1)
    async with clients.producer(kafka) as producer:
        await producer.send_and_wait(name, str(version).encode(), key=b"version")
