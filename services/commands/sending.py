"""Appends a command to the log, where it counts."""

from aiokafka import AIOKafkaProducer

from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.topics import COMMANDS
from services import topics
from services.settings import Kafka


async def send(producer: AIOKafkaProducer, kafka: Kafka, command: AnyCommand) -> RecordRef:
    """Append a command; return where it stands, once every replica has it."""
    sent = await producer.send_and_wait(
        topics.name(COMMANDS, kafka),
        command.model_dump_json().encode(),
        key=command.segment_id.encode(),
    )
    return RecordRef(topic=COMMANDS.name, partition=sent.partition, offset=sent.offset)
