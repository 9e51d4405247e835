"""Creates the topics of the table, and checks those that exist."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from schemas.topics import REJECTED, TOPICS, Topic
from services import clients, refusals
from services.faults import Fault
from services.settings import Kafka


class TopicsDiffer(Fault):
    """A topic has another layout than the settings ask for, or cannot be made with theirs."""


class NotAllowed(Fault):
    """The user has no right to what is needed."""


class NoSuchTopic(Fault):
    """A topic that should be read is not there, as far as this user can see."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"topic {name!r} is not on this cluster, or hidden from this user; check "
            "FOREWARN_KAFKA__TOPIC_PREFIX, create it with: forewarn topics create, or give the "
            "user its rights: forewarn topics acls"
        )


@dataclass(frozen=True, slots=True)
class Ensured:
    """What was found and what was made."""

    created: tuple[str, ...]
    present: tuple[str, ...]


def name(topic: Topic, kafka: Kafka) -> str:
    """Return the topic's name on the cluster."""
    return kafka.topic_prefix + topic.name


async def ensure(kafka: Kafka) -> Ensured:
    """Create the topics that are missing.

    Raises
    ------
    Unreachable
        No broker answers.
    NotAllowed
        A topic is missing, or hidden from this user, who may not create it.
    TopicsDiffer
        A topic has another number of partitions: keys would no longer meet their state.
    """
    async with clients.admin(kafka) as admin:
        existing = set(await admin.list_topics())
        missing = [t for t in TOPICS if name(t, kafka) not in existing]
        if missing:
            await _create(admin, missing, kafka)
        await _check(admin, kafka)
    created = tuple(t.name for t in missing)
    return Ensured(created, tuple(t.name for t in TOPICS if t.name not in created))


COMPACTED = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(REJECTED.max_message_bytes),
    "segment.bytes": str(32 * 1_048_576),
}
"""The settings of what keeps the last value of each key: tables, which may hold large states.

The broker never compacts the segment that it writes, and a worker that starts reads all of it: at
Kafka's own size, 1 GiB, that takes minutes. None can be smaller than the largest message.
"""


async def ensure_compacted(kafka: Kafka, name: str, partitions: int) -> None:
    """Create a topic that keeps the last value of each key, where it is missing.

    Raises
    ------
    TopicsDiffer
        The broker refuses to make it.
    """
    async with clients.admin(kafka) as admin:
        if name in set(await admin.list_topics()):
            return
        topic = NewTopic(name, partitions, kafka.replication_factor, topic_configs=COMPACTED)
        _check_made(await admin.create_topics([topic]))


async def remove(kafka: Kafka, names: Collection[str]) -> None:
    """Delete those of the topics ``names`` that there are."""
    async with clients.admin(kafka) as admin:
        there = set(await admin.list_topics())
        await admin.delete_topics([name for name in names if name in there])


async def _create(admin: AIOKafkaAdminClient, missing: list[Topic], kafka: Kafka) -> None:
    made = await admin.create_topics(
        [
            NewTopic(
                name(t, kafka),
                num_partitions=kafka.partitions,
                replication_factor=kafka.replication_factor,
                topic_configs=t.settings,
            )
            for t in missing
        ]
    )
    _check_made(made)


def _check_made(response: Any) -> None:
    for topic, code, *message in response.topic_errors:
        kind = for_code(code)
        if kind in refusals.NOT_ALLOWED:
            msg = f"topic {topic!r} is not there for this user, who may not create it either"
            raise NotAllowed(refusals.not_allowed(kind(msg)))
        # Another service may create the same topics at the same moment.
        if code and kind is not TopicAlreadyExistsError:
            why = ": ".join(filter(None, (kind.__name__, *message)))
            msg = (
                f"cannot create topic {topic!r}: {why}; see that there are as many brokers as "
                "FOREWARN_KAFKA__REPLICATION_FACTOR says, and start again"
            )
            raise TopicsDiffer(msg)


async def _check(admin: AIOKafkaAdminClient, kafka: Kafka) -> None:
    names = [name(t, kafka) for t in TOPICS]
    for _ in range(50):
        found = {t["topic"]: t for t in await admin.describe_topics(names)}
        if all(not t["error_code"] and t["partitions"] for t in found.values()):
            break
        # A new topic takes a moment to have a leader for each partition.
        await asyncio.sleep(0.1)
    for topic, description in found.items():
        count = len(description["partitions"])
        if not count:
            why = for_code(description["error_code"]).__name__
            msg = (
                f"topic {topic!r} has no leader ({why}); see that all brokers run, and start again"
            )
            raise TopicsDiffer(msg)
        if count != kafka.partitions:
            msg = (
                f"topic {topic!r} has {count} partitions, the settings say {kafka.partitions}; set "
                f"FOREWARN_KAFKA__PARTITIONS={count}, or use another FOREWARN_KAFKA__TOPIC_PREFIX"
            )
            raise TopicsDiffer(msg)
