"""What is read from and written to topics, as plain records: the bytes of every message."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from aiokafka.partitioner import murmur2

from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import EARLIEST, LATEST, RecordRef
from schemas.command import AnyCommand
from schemas.event import AlertEvent, EventKind, IncidentEvent
from schemas.observation import Observed
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, Topic

ALERT_SOURCE = "urn:forewarn:risk"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STRUCTURED = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
"""The headers of a CloudEvent in structured mode."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record as it was read; ``at`` is its record time."""

    ref: RecordRef
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to write."""

    topic: Topic
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    at: datetime

    @property
    def size(self) -> int:
        """What the record takes of its topic's limit [bytes]; records of ours are not compressed.

        Lengths and times that frame a batch and its fields take at most 25 bytes each.
        """
        parts = (self.key or b"", self.value, *(part for h in self.headers for part in h))
        return 128 + sum(25 + len(part) for part in parts)


def milliseconds(at: datetime) -> int:
    """Return Kafka's timestamp: whole milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(timestamp_ms: int) -> datetime:
    """Return the time of a Kafka timestamp; one that no contract can hold becomes 1970."""
    try:
        at = _EPOCH + timedelta(milliseconds=timestamp_ms)
    except OverflowError:
        return _EPOCH
    return at if EARLIEST <= at <= LATEST else _EPOCH


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's own clients, aiokafka and Faust give a key."""
    number: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return number


def incident(event: IncidentEvent) -> Outgoing:
    """Return the record of one incident revision; its record time is the event's."""
    key = event.data.incident_id.encode()
    value = event.model_dump_json(exclude_defaults=True).encode()
    return Outgoing(INCIDENTS, key, value, STRUCTURED, event.time)


def observation(observed: Observed) -> Outgoing:
    """Return the record of one observation."""
    key = observed.segment_id.encode()
    value = observed.model_dump_json().encode()
    return Outgoing(OBSERVATIONS, key, value, (), observed.recorded_at)


def command(said: AnyCommand, at: datetime) -> Outgoing:
    """Return the record of an operator's command."""
    key = said.segment_id.encode()
    return Outgoing(COMMANDS, key, said.model_dump_json().encode(), (), at)


def assessment(assessed: Assessment) -> Outgoing:
    """Return the record of one assessment."""
    key = assessed.segment_id.encode()
    value = assessed.model_dump_json().encode()
    return Outgoing(ASSESSMENTS, key, value, (), assessed.recorded_at)


def alert(told: Alert) -> Outgoing:
    """Return the record of one alert transition, a structured CloudEvent."""
    event = AlertEvent(
        specversion="1.0",
        id=f"{told.alert_id}:{told.sequence}",
        source=ALERT_SOURCE,
        type=EventKind.ALERT,
        time=told.recorded_at,
        subject=told.segment_id,
        data=told,
    )
    value = event.model_dump_json().encode()
    return Outgoing(ALERTS, told.segment_id.encode(), value, STRUCTURED, told.recorded_at)
