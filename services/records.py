"""What is read from and written to topics, as plain records: the bytes of every message."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from models.domain.intake import Refusal
from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.event import AlertEvent, EventKind, IncidentEvent
from schemas.observation import AssertObservation, RetractObservation, Tick
from schemas.rejection import Rejection
from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED, Topic

T = TypeVar("T")

ALERT_SOURCE = "urn:forewarn:risk"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOUDEVENT = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)


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


def milliseconds(at: datetime) -> int:
    """Return Kafka's timestamp: whole milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(timestamp_ms: int) -> datetime:
    """Return the time of a Kafka timestamp; one that no calendar holds becomes 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=timestamp_ms)
    except OverflowError:
        return _EPOCH


def incident(event: IncidentEvent) -> Outgoing:
    """Return the record of one incident revision; its record time is the event's."""
    key = event.data.incident_id.encode()
    value = event.model_dump_json(exclude_defaults=True).encode()
    return Outgoing(INCIDENTS, key, value, _CLOUDEVENT, event.time)


def observation(observed: AssertObservation | RetractObservation | Tick) -> Outgoing:
    """Return the record of one observation."""
    key = observed.segment_id.encode()
    value = observed.model_dump_json().encode()
    return Outgoing(OBSERVATIONS, key, value, (), observed.recorded_at)


def assessment(assessed: Assessment) -> Outgoing:
    """Return the record of one assessment; each kind of traffic has a key of its own."""
    key = state_key(assessed.segment_id, assessed.traffic)
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
    return Outgoing(ALERTS, told.segment_id.encode(), value, _CLOUDEVENT, told.recorded_at)


def rejection(delivery: Delivery, refusal: Refusal) -> Outgoing:
    """Return the record that keeps a refused one, bytes and all."""
    rejected = Rejection(
        record=delivery.ref,
        recorded_at=delivery.at,
        reason=refusal.reason,
        detail=refusal.detail[:4000],
        errors=refusal.errors,
        headers=delivery.headers,
        value=delivery.value or b"",
    )
    value = rejected.model_dump_json().encode()
    return Outgoing(REJECTED, delivery.key, value, (), delivery.at)


def state_key(segment_id: str, traffic: str) -> bytes:
    """Return the table key of a segment's state: exercises never touch the actual state."""
    return (segment_id if traffic == "actual" else f"{segment_id}@{traffic}").encode()


class Stored(Generic[T]):
    """Reads and writes one type of state as canonical JSON bytes."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def load(self, raw: bytes | None) -> T | None:
        """Return the state, or None where there is none yet."""
        if raw is None:
            return None
        state: T = self._adapter.validate_json(raw)
        return state

    def dump(self, state: T) -> bytes:
        """Return the state's bytes: equal states have equal bytes."""
        return self._adapter.dump_json(state)
