"""Turns a record of the log into a row of the ledger: pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Table

from models.domain import intake
from models.domain.intake import Refusal
from schemas.event import IncidentEvent
from schemas.incident import IncidentReport
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Observed,
    RetractObservation,
)
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    DELIVERIES,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
)
from schemas.versions import decode
from services.ledger import tables
from services.records import Delivery

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """What to insert, and where."""

    table: Table
    values: Values


def row(record: Delivery) -> Row | None:
    """Return the row of ``record``, or None when it leaves none.

    A record of ``incidents`` that cannot be read leaves none, because it stands whole in
    ``incidents.rejected``. One of another topic is kept in the table ``unreadable``, whatever is
    wrong with it: one record must not stop the rest.
    """
    place = {"partition": record.ref.partition, "offset": record.ref.offset}
    kept = {**place, "recorded_at": record.at, "value": record.value or b""}
    try:
        values = _READERS[record.ref.topic](record)
        if values is None:
            return None
        return Row(tables.OF_TOPIC[record.ref.topic], kept | _storable(values))
    except Exception as error:
        fault = _without_nul(f"{type(error).__name__}: {error}"[:4000])
        return Row(tables.unreadable, kept | {"topic": record.ref.topic, "fault": fault})


def _storable(values: Values) -> Values:
    """Return what both databases take: PostgreSQL has no NUL in text, neither has 65-bit numbers.

    Raises
    ------
    ValueError
        A number is too large.
    """
    for name, value in values.items():
        if isinstance(value, int) and value >= 2**63:
            msg = f"{name}: {value} does not fit into 64 bits"
            raise ValueError(msg)
    return {n: _without_nul(v) if isinstance(v, str) else v for n, v in values.items()}


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def pack(headers: tuple[tuple[str, bytes], ...]) -> bytes:
    """Return a record's headers as one value; latin-1 keeps every byte."""
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def event(incident_id: str, value: bytes, headers: bytes) -> IncidentEvent:
    """Return the event that a row of ``incidents`` was made from."""
    unpacked = {name: text.encode("latin-1") for name, text in orjson.loads(headers)}
    report = intake.read(incident_id.encode(), value, unpacked)
    if isinstance(report, Refusal):
        msg = (
            f"incidents: the row of {incident_id!r} can no longer be read: {report.detail}; "
            "was it written by another version? forewarn ledger rebuild"
        )
        raise ValueError(msg)
    return report.event


def _incident(record: Delivery) -> Values | None:
    report = intake.read(record.key, record.value, dict(record.headers))
    if isinstance(report, Refusal):
        return None
    incident = report.event.data
    values: Values = {
        "incident_id": incident.incident_id,
        "revision": incident.revision,
        "status": incident.status,
        "traffic": incident.traffic.value,
        "occurred_start": None,
        "occurred_end": None,
        "latitude": None,
        "longitude": None,
        "place_name": None,
        "event_type": None,
        "sub_event_type": None,
        "headers": pack(record.headers),
    }
    if isinstance(incident, IncidentReport):
        when, where = incident.occurred, incident.place
        values |= {
            "occurred_start": when.start,
            "occurred_end": when.end or when.start,
            "latitude": where.latitude,
            "longitude": where.longitude,
            "place_name": where.name,
            "event_type": incident.event_type.value,
            "sub_event_type": incident.sub_event_type.value,
        }
    return values


def _rejection(record: Delivery) -> Values:
    rejected = decode(REJECTED, record.value or b"")
    return {
        "recorded_at": rejected.recorded_at,
        "reason": rejected.reason.value,
        "source_topic": rejected.record.topic,
        "source_partition": rejected.record.partition,
        "source_offset": rejected.record.offset,
    }


def _observation(record: Delivery) -> Values:
    observed = decode(OBSERVATIONS, record.value or b"")
    values: Values = {
        "recorded_at": observed.recorded_at,
        "segment_id": observed.segment_id,
        "traffic": observed.traffic.value,
        "kind": observed.kind,
        "incident_id": _incident_of(observed),
        "own": observed.own if isinstance(observed, AssertObservation) else None,
        "cause_topic": None,
        "cause_partition": None,
        "cause_offset": None,
    }
    if isinstance(observed, AssertObservation | RetractObservation | CommandObservation):
        values |= {f"cause_{name}": part for name, part in observed.cause.model_dump().items()}
    return values


def _incident_of(observed: Observed) -> str | None:
    match observed:
        case AssertObservation(effect=effect) | RetractObservation(replaces=effect):
            return effect.incident_id
        case CommandObservation(command=command):
            return getattr(command, "incident_id", None)
    return None


_NAMED = ("incident_id", "corroborates", "alert_id", "silence_id")
"""What one or the other kind of command names."""


def _command(record: Delivery) -> Values:
    command = decode(COMMANDS, record.value or b"")
    return {
        "segment_id": command.segment_id,
        "traffic": command.traffic.value,
        "kind": command.kind,
        **{name: getattr(command, name, None) for name in _NAMED},
    }


def _assessment(record: Delivery) -> Values:
    assessed = decode(ASSESSMENTS, record.value or b"")
    return {
        "recorded_at": assessed.recorded_at,
        "segment_id": assessed.segment_id,
        "traffic": assessed.traffic.value,
        "level": assessed.level.value,
        "model_version": assessed.model_version,
        **assessed.probabilities.model_dump(),
        "observation_partition": assessed.observation.partition,
        "observation_offset": assessed.observation.offset,
    }


def _alert(record: Delivery) -> Values:
    told = decode(ALERTS, record.value or b"").data
    return {
        "recorded_at": told.recorded_at,
        "alert_id": told.alert_id,
        "sequence": told.sequence,
        "segment_id": told.segment_id,
        "border_id": told.border_id,
        "traffic": told.traffic.value,
        "transition": told.transition.value,
        "level": told.level.value,
        "previous_level": told.previous_level.value,
        "opened_at": told.opened_at,
    }


def _delivery(record: Delivery) -> Values:
    tried = decode(DELIVERIES, record.value or b"")
    return {
        "recorded_at": tried.recorded_at,
        "notification_id": tried.notification_id,
        "receiver": tried.receiver,
        "channel": tried.channel,
        "traffic": tried.traffic.value,
        "outcome": tried.outcome.value,
        "attempt": tried.attempt,
    }


_READERS: dict[str, Callable[[Delivery], Values | None]] = {
    INCIDENTS.name: _incident,
    REJECTED.name: _rejection,
    OBSERVATIONS.name: _observation,
    COMMANDS.name: _command,
    ASSESSMENTS.name: _assessment,
    ALERTS.name: _alert,
    DELIVERIES.name: _delivery,
}
