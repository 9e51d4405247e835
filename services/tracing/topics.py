"""How a record is called on a span, by OpenTelemetry's conventions for messaging and Kafka."""

from schemas.base import RecordRef
from schemas.topics import Topic
from services import topics
from services.settings import Kafka
from services.tracing.spans import Said

SEND, PROCESS = "send", "process"

NAMED = 256
"""How much of an id a span holds [characters]."""


def operation(kind: str, topic: Topic, kafka: Kafka) -> Said:
    """Return what is sent or processed, before it is known where it stands."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": kind,
        "messaging.operation.type": kind,
        "messaging.destination.name": topics.name(topic, kafka),
    }


def place(ref: RecordRef) -> Said:
    """Return where a record stands."""
    return {
        "messaging.destination.partition.id": str(ref.partition),
        "messaging.kafka.offset": ref.offset,
    }
