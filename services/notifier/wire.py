"""What the notifier reads alerts from and writes outcomes to: Kafka, or what stands for it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaProducer

from schemas.topics import ALERTS
from services import clients, topics
from services.faults import Fault
from services.ledger.follow import Log, LogDiffers, opened
from services.log import delivery
from services.records import Delivery, Outgoing, milliseconds
from services.settings import Kafka


class OtherLog(Fault):
    """The topic is not the one that the notifier has read."""


class Source(Protocol):
    """The alerts, partition by partition."""

    async def ends(self) -> dict[int, int]:
        """Return the next offset of each partition."""

    async def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on from ``offsets``."""

    async def collect(self) -> dict[int, list[Delivery]]:
        """Return the next records of each partition; nothing where none came for a moment."""


class Publisher(Protocol):
    """Where records are appended."""

    async def publish(self, record: Outgoing) -> None:
        """Append a record; return once every replica has it."""


class KafkaSource:
    """The topic ``alerts``."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def ends(self) -> dict[int, int]:
        """Return the next offset of each partition."""
        return {partition: end for (_, partition), (_, end) in (await self._log.bounds()).items()}

    async def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on from ``offsets``."""
        await self._log.seek({(ALERTS.name, p): offset for p, offset in offsets.items()})

    async def collect(self) -> dict[int, list[Delivery]]:
        """Return the next records of each partition.

        Raises
        ------
        OtherLog
            The topic ends before what has been read of it.
        """
        try:
            found = await self._log.collect()
        except LogDiffers as error:
            msg = (
                "alerts: the notifier has read further than the topic reaches: it is another log. "
                "Check FOREWARN_KAFKA__BOOTSTRAP_SERVERS, or let the notifier begin anew with an "
                "empty database: FOREWARN_NOTIFIER__URL, by default notifier.sqlite in the data "
                "folder"
            )
            raise OtherLog(msg) from error
        return {
            partition: [delivery(topic, record) for record in records]
            for (topic, partition), records in found.items()
        }


class KafkaPublisher:
    """The topics of the cluster."""

    def __init__(self, producer: AIOKafkaProducer, kafka: Kafka) -> None:
        self._producer, self._kafka = producer, kafka

    async def publish(self, record: Outgoing) -> None:
        """Append a record; return once every replica has it."""
        await self._producer.send_and_wait(
            topics.name(record.topic, self._kafka),
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            timestamp_ms=milliseconds(record.at),
        )


@asynccontextmanager
async def connected(kafka: Kafka) -> AsyncIterator[tuple[KafkaSource, KafkaPublisher]]:
    """Open the cluster for reading alerts and writing outcomes.

    Raises
    ------
    NoBrokerKnown, Unreachable
        No broker is named, or it does not answer.
    """
    async with opened(kafka, (ALERTS.name,)) as log, clients.producer(kafka) as producer:
        yield KafkaSource(log), KafkaPublisher(producer, kafka)
