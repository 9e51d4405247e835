"""Appends a command to the log, where it counts."""

from aiokafka import AIOKafkaProducer

from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.topics import COMMANDS
from services import records, topics
from services.moments import utc_now
from services.settings import Kafka


async def send(producer: AIOKafkaProducer, kafka: Kafka, command: AnyCommand) -> RecordRef:
    """Append a command; return where it stands, once every replica has it."""
    record = records.command(command, utc_now())
    sent = await producer.send_and_wait(
        topics.name(COMMANDS, kafka),
        record.value,
        key=record.key,
        timestamp_ms=records.milliseconds(record.at),
    )
    return RecordRef(topic=COMMANDS.name, partition=sent.partition, offset=sent.offset)
