"""What a heartbeat is made of: the reports of one, and what is told when none comes back."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from models.domain.notifying.heartbeats import Pulse
from schemas.alert import Alert, Certainty, Reason, Severity, Transition, Trigger, Urgency
from schemas.assessment import LadderView, Level, Probabilities
from schemas.base import RecordRef
from schemas.event import EventKind, IncidentEvent
from schemas.incident import (
    GeoPrecision,
    Incident,
    IncidentReport,
    IncidentRetraction,
    Place,
    TimePrecision,
    Traffic,
    When,
)
from schemas.segment import Segment
from schemas.taxonomy import TYPE_OF, SubEventType
from schemas.topics import INCIDENTS
from services import records

SOURCE = "urn:forewarn:notifier"


def reports(before: Pulse, after: Pulse, segment: Segment, moment: datetime) -> Iterator[Incident]:
    """Yield what is published for a heartbeat: the one before it is taken back, then the report."""
    if before.incident_id is not None:
        yield IncidentRetraction(
            incident_id=before.incident_id,
            revision=2,
            traffic=Traffic.HEARTBEAT,
            status="retracted",
            status_reason="The next heartbeat takes its place.",
        )
    line = segment.lines[0]
    longitude, latitude = line[len(line) // 2]
    sub_event = SubEventType.STONE_THROWING
    yield IncidentReport(
        incident_id=after.incident_id or incident_id(segment, moment, 1),
        revision=1,
        traffic=Traffic.HEARTBEAT,
        status="reported",
        # Record times are whole milliseconds: one that begins after its own does not count yet.
        occurred=When(start=moment.replace(microsecond=0), precision=TimePrecision.MINUTE),
        place=Place(
            name="Heartbeat",
            latitude=latitude,
            longitude=longitude,
            precision=GeoPrecision.EXACT,
            countries=segment.countries,
        ),
        event_type=TYPE_OF[sub_event],
        sub_event_type=sub_event,
        summary="A heartbeat: nothing happened. It shows that the way of a report is open.",
    )


def incident_id(segment: Segment, moment: datetime, partitions: int) -> str:
    """Return the incident of a heartbeat.

    All of a segment go to one partition, so that each is read after the one before it has been
    taken back, whatever the worker does first.
    """
    name = f"HEARTBEAT-{segment.segment_id}"
    wanted = records.partition_of(name.encode(), partitions)
    names = (f"{name}-{moment:%Y%m%dT%H%M%S}-{number}" for number in count())
    return next(n for n in names if records.partition_of(n.encode(), partitions) == wanted)


def event(incident: IncidentReport | IncidentRetraction, moment: datetime) -> IncidentEvent:
    """Return the CloudEvent of one revision of a heartbeat."""
    return IncidentEvent(
        specversion="1.0",
        id=f"{incident.incident_id}:{incident.revision}",
        source=SOURCE,
        type=EventKind.INCIDENT,
        time=moment,
        data=incident,
    )


def way(segment: Segment, since: datetime, moment: datetime, *, broken: bool) -> Alert:
    """Return what tells that no heartbeat comes back, or that they do again.

    It is made by the notifier itself, since nothing can come from the worker then: it rests on no
    observation, and no model has judged it.
    """
    said = (
        f"No heartbeat has come back since {since:%Y-%m-%d %H:%M:%S} UTC: alerts may not reach you."
        if broken
        else "Heartbeats come back again: the way of alerts is open."
    )
    return Alert(
        alert_id=f"{segment.segment_id}:{since:%Y%m%dT%H%M%S.%f}Z:heartbeat-way",
        sequence=1 if broken else 2,
        segment_id=segment.segment_id,
        border_id=segment.border_id,
        countries=segment.countries,
        traffic=Traffic.HEARTBEAT,
        transition=Transition.RAISED if broken else Transition.RESOLVED,
        reason=Reason.NOTHING_REPORTED if broken else Reason.NEW_INCIDENT,
        level=Level.WARNING if broken else Level.NORMAL,
        previous_level=Level.NORMAL if broken else Level.WARNING,
        severity=Severity.SEVERE if broken else Severity.MINOR,
        urgency=Urgency.IMMEDIATE if broken else Urgency.PAST,
        certainty=Certainty.OBSERVED,
        acknowledged=False,
        silenced_until=None,
        flaps=0,
        opened_at=since,
        recorded_at=moment,
        headline="The way of alerts is broken" if broken else "The way of alerts is open again",
        explanation=said,
        trigger=Trigger.TICK,
        cause=RecordRef(topic=INCIDENTS.name, partition=0, offset=0),
        incidents=(),
        ladder=LadderView(step=None, level=Level.NORMAL, words="a heartbeat is on no ladder"),
        model_level=Level.NORMAL,
        probabilities=Probabilities(escalation_14d=0, fatal_7d=0, fatal_14d=0),
        contributions=(),
        model_version="none",
    )
