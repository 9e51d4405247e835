"""Valid objects from the few fields that a test is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import orjson

from models.domain.days import Day
from models.domain.revisions import fingerprint
from models.domain.risk import SegmentState, begin, fold, remember
from schemas.base import RecordRef
from schemas.command import LinkCommand
from schemas.event import EventKind, IncidentEvent
from schemas.incident import IncidentReport, IncidentRetraction, Traffic
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Effect,
    Observed,
    RetractObservation,
    Tick,
)
from schemas.taxonomy import Step, SubEventType

NOON = datetime(2021, 4, 29, 12, tzinfo=UTC)
SEGMENT = "KGZ-TJK-050-07"
KOK_TASH = (39.959, 70.5203)


def at(hours: float = 0, days: float = 0) -> datetime:
    """Return the moment so long after noon of 29 April 2021."""
    return NOON + timedelta(hours=hours, days=days)


def ref(offset: int = 0, partition: int = 0, topic: str = "incidents") -> RecordRef:
    """Return a place in the log."""
    return RecordRef(topic=topic, partition=partition, offset=offset)


def report(**fields: Any) -> IncidentReport:
    """Return an incident report: a clash at Kok-Tash at noon, unless ``fields`` say otherwise."""
    latitude, longitude = fields.pop("where", KOK_TASH)
    content: dict[str, Any] = {
        "incident_id": "I-1",
        "revision": 1,
        "status": "reported",
        "occurred": {"start": fields.pop("start", NOON), "precision": "hour"},
        "place": {
            "name": "Kok-Tash",
            "latitude": latitude,
            "longitude": longitude,
            "precision": "exact",
            "countries": ("KGZ", "TJK"),
        },
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "summary": "Shots between border guards.",
        "fatalities": {"best": fields.pop("deaths", None)},
    }
    return IncidentReport.model_validate(content | fields)


def retraction(**fields: Any) -> IncidentRetraction:
    """Return the withdrawal of incident I-1."""
    content = {"incident_id": "I-1", "revision": 2, "status": "retracted", "status_reason": "no"}
    return IncidentRetraction.model_validate(content | fields)


def event(data: IncidentReport | IncidentRetraction, time: datetime = NOON) -> IncidentEvent:
    """Return the CloudEvent that carries ``data``."""
    return IncidentEvent(
        specversion="1.0",
        id=f"{data.incident_id}:{data.revision}",
        source="urn:test",
        type=EventKind.INCIDENT,
        time=time,
        data=data,
    )


def raw(data: IncidentReport | IncidentRetraction, **changes: Any) -> bytes:
    """Return the structured event as bytes; ``changes`` replace fields of the incident."""
    content = orjson.loads(event(data).model_dump_json(exclude_defaults=True))
    content["data"] |= changes
    return orjson.dumps(content)


def effect(incident_id: str = "I-1", **fields: Any) -> Effect:
    """Return what an incident counts as: a clash at noon, deaths unknown."""
    start = fields.pop("start", NOON)
    content: dict[str, Any] = {
        "incident_id": incident_id,
        "revision": 1,
        "start": start,
        "end": start,
        "when": "hour",
        "sub_event_type": SubEventType.ARMED_CLASH,
        "steps": (Step.SHOTS,),
        "deaths": None,
        "place_name": "Kok-Tash",
        "latitude": KOK_TASH[0],
        "longitude": KOK_TASH[1],
        "where": "exact",
        "grade": "B2",
        "publisher": fingerprint(fields.pop("by", "urn:test")),
        "sources": tuple(sorted(map(fingerprint, fields.pop("sources", ())))),
        "corroborates": None,
    }
    return Effect.model_validate(content | fields)


def asserted(
    counted: Effect, *, offset: int = 0, recorded: datetime = NOON, replaces: Effect | None = None
) -> AssertObservation:
    """Return the observation that ``counted`` counts, caused by the incident record ``offset``."""
    return AssertObservation(
        segment_id=SEGMENT,
        traffic=Traffic.ACTUAL,
        recorded_at=recorded,
        cause=ref(offset),
        effect=counted,
        replaces=replaces,
    )


def retracted(counted: Effect, *, offset: int = 0, recorded: datetime = NOON) -> RetractObservation:
    """Return the observation that ``counted`` counts no longer."""
    return RetractObservation(
        segment_id=SEGMENT,
        traffic=Traffic.ACTUAL,
        recorded_at=recorded,
        cause=ref(offset),
        replaces=counted,
        reason="retracted",
    )


def linked(
    one: str,
    other: str,
    *,
    offset: int = 0,
    recorded: datetime = NOON,
    kind: Literal["link", "unlink"] = "link",
    day: date | None = None,
) -> CommandObservation:
    """Return the observation of an operator's word that two incidents are one event, or two."""
    return CommandObservation(
        segment_id=SEGMENT,
        traffic=Traffic.ACTUAL,
        recorded_at=recorded,
        cause=ref(offset, topic="commands"),
        command=LinkCommand(
            kind=kind,
            segment_id=SEGMENT,
            author="duty officer",
            day=day or NOON.date(),
            incident_id=one,
            corroborates=other,
        ),
    )


class Memory:
    """A segment's state and days, folded one record after the other."""

    def __init__(self, first: Observed) -> None:
        self.state = begin(first)
        self.days: dict[int, Day] = {}

    def fold(self, *observations: Observed, offset: int | None = None) -> SegmentState:
        """Fold each at the next offset, or all at ``offset``; return the state after."""
        for observation in observations:
            at = self.state.applied + 1 if offset is None else offset
            folded = fold(self.state, self.days, observation, at)
            remember(self.days, folded)
            self.state = folded.state
        return self.state


def folded(*observations: Observed) -> SegmentState:
    """Return the state after ``observations``, at offsets from 0."""
    return Memory(observations[0]).fold(*observations)


def tick(recorded: datetime) -> Tick:
    """Return a tick."""
    return Tick(segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=recorded)
