"""Appends to the log: answers only once every replica has a record."""

from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.base import RecordRef
from schemas.topics import INCIDENTS
from services import topics
from services.gateway.parts import LogAway
from services.records import Outgoing, milliseconds
from services.settings import Kafka


def producer_options() -> dict[str, Any]:
    """Return what the gateway's producer is opened with, beside how to reach the cluster."""
    return {"max_request_size": INCIDENTS.max_message_bytes}


class KafkaWriter:
    """Appends to the topics of the cluster."""

    def __init__(self, producer: AIOKafkaProducer, kafka: Kafka) -> None:
        self._producer, self._kafka = producer, kafka

    async def append(self, record: Outgoing) -> RecordRef:
        """Return where a record stands, once every replica has it.

        Raises
        ------
        LogAway
            The broker did not take it.
        """
        try:
            sent = await self._producer.send_and_wait(
                topics.name(record.topic, self._kafka),
                record.value,
                key=record.key,
                headers=list(record.headers),
                timestamp_ms=milliseconds(record.at),
            )
        except KafkaError as error:
            raise LogAway(str(error) or type(error).__name__) from error
        return RecordRef(topic=record.topic.name, partition=sent.partition, offset=sent.offset)
