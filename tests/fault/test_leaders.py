"""Who reads goes on with the leaders of partitions, whoever led them when it last asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from services import clients
from services.local.broker import BrokerKind, tools
from services.settings import Kafka
from tests.conftest import kind_under_test
from tests.fault.cluster import clustered

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        kind_under_test() is not BrokerKind.KAFKA,
        reason=f"only Apache Kafka runs as several nodes; it needs {tools().missing}",
    ),
]

AT = TopicPartition("read", 0)
SOON_S = 20
"""How long a reader may take to find a leader [s]; it asks by itself only after five minutes."""


def leader(consumer: AIOKafkaConsumer) -> int:
    """Return which node ``consumer`` takes for the leader."""
    found: int = consumer._client.cluster.leader_for_partition(AT)
    return found


def mislead(consumer: AIOKafkaConsumer) -> None:
    """Let ``consumer`` take the other node for the leader, as if it had led until now."""
    places = consumer._client.cluster._partitions[AT.topic]
    places[AT.partition] = places[AT.partition]._replace(leader=3 - leader(consumer))


@asynccontextmanager
async def reading(folder: Path) -> AsyncIterator[tuple[Kafka, AIOKafkaConsumer]]:
    """Yield a reader of a topic of two copies, that has read the one record there is."""
    async with clustered(folder, 2) as cluster:
        kafka = Kafka(bootstrap_servers=cluster.bootstrap)
        async with clients.admin(kafka) as admin:
            await admin.create_topics([NewTopic(AT.topic, 1, 2)])
        await write(kafka, b"first")
        async with clients.consumer(kafka, auto_offset_reset="none") as consumer:
            consumer.assign([AT])
            consumer.seek(AT, 0)
            assert await read(consumer) == b"first"
            yield kafka, consumer


async def write(kafka: Kafka, value: bytes) -> None:
    async with clients.producer(kafka) as producer:
        await producer.send_and_wait(AT.topic, value, partition=AT.partition)


async def read(consumer: AIOKafkaConsumer) -> bytes:
    async with asyncio.timeout(SOON_S):
        record = await consumer.getone(AT)
    value: bytes = record.value
    return value


async def test_a_reader_finds_the_leader_that_another_node_has_become(tmp_path: Path) -> None:
    async with reading(tmp_path) as (kafka, consumer):
        leads = leader(consumer)
        mislead(consumer)
        await write(kafka, b"second")
        assert await read(consumer) == b"second"
        assert leader(consumer) == leads, "a follower was read from"
        mislead(consumer)
        async with asyncio.timeout(SOON_S):
            await consumer.seek_to_beginning(AT)
            assert await consumer.position(AT) == 0
        assert await read(consumer) == b"first"
        assert leader(consumer) == leads
