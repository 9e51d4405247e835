"""Sends heartbeats the whole way of a report, and tells who watches them when none comes back."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from models.domain.groups import Key
from models.domain.heartbeats import Beat, Pulse, beat
from models.domain.notifying import Notice, notification_id
from models.domain.why import Why
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
from services.ledger.database import reading, writing
from services.notifier import outbox, pulses
from services.notifier.store import Store, keep_transition
from services.notifier.wire import Publisher

SOURCE = "urn:forewarn:notifier"

LOOK_S = 1.0
"""How often it is looked whether something is to be done [s]."""

PUBLISH_S = 10.0
"""How long the broker may take to accept a heartbeat [s]; until it does, none can come back."""

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


def reports(before: Pulse, after: Pulse, segment: Segment, moment: datetime) -> Iterator[Incident]:
    """Yield what is published for a heartbeat: the one before it is taken back, then the report.

    Those of a day are revisions of one incident: on one partition, they are read in their order.
    """
    if before.incident_id is not None:
        yield IncidentRetraction(
            incident_id=before.incident_id,
            revision=before.revision + 1,
            traffic=Traffic.HEARTBEAT,
            status="retracted",
            status_reason="The next heartbeat takes its place.",
        )
    line = segment.lines[0]
    longitude, latitude = line[len(line) // 2]
    sub_event = SubEventType.STONE_THROWING
    yield IncidentReport(
        incident_id=after.incident_id or incident_id(segment, moment),
        revision=after.revision,
        traffic=Traffic.HEARTBEAT,
        status="reported",
        occurred=When(start=moment, precision=TimePrecision.MINUTE),
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


def incident_id(segment: Segment, moment: datetime) -> str:
    """Return the incident of a day's heartbeats: a segment's state then holds few of them."""
    return f"HEARTBEAT-{segment.segment_id}-{moment:%Y%m%d}"


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


class Heart:
    """Does what is to be done about heartbeats, as time passes."""

    def __init__(self, store: Store, publisher: Publisher, segment: Segment, clock: Clock) -> None:
        self._store, self._publisher = store, publisher
        self._segment, self._clock = segment, clock

    async def beat_on(self, told: Callable[[], None]) -> None:
        """Send and tell for ever; ``told`` is called when there is something to send."""
        while True:
            if await self.step():
                told()
            await asyncio.sleep(LOOK_S)

    async def step(self) -> bool:
        """Do what is to be done now; return whether the receivers are to be told of something."""
        config, moment = self._store.setup.config, self._clock()
        with reading(self._store.engine) as connection:
            pulse = pulses.load(connection)
        action = beat(pulse, moment, config.heartbeat_every, config.heartbeat_patience)
        if action is Beat.SEND:
            await self._send(moment)
        elif action is not Beat.WAIT:
            self._tell(action, moment)
            return True
        return False

    async def _send(self, moment: datetime) -> None:
        # Noted first: one that a crash kept from the log is missed, like one that got lost.
        with writing(self._store.engine) as connection:
            before = pulses.load(connection)
            after = before.sent(incident_id(self._segment, moment), moment)
            pulses.save(connection, after)
        try:
            async with asyncio.timeout(PUBLISH_S):
                for incident in reports(before, after, self._segment, moment):
                    await self._publisher.publish(records.incident(event(incident, moment)))
        except Exception as error:
            log.warning("heartbeat not sent", why=type(error).__name__)

    def _tell(self, action: Beat, moment: datetime) -> None:
        with writing(self._store.engine) as connection:
            pulse = pulses.load(connection)
            broken = action is Beat.TELL_BROKEN
            since = (pulse.waiting_since if broken else pulse.broken_since) or moment
            alert = way(self._segment, since, moment, broken=broken)
            keep_transition(connection, alert, records.alert(alert).value)
            for receiver in self._store.setup.watching:
                self._put(connection, receiver, alert, moment)
            broken_since = since if broken else None
            pulses.save(connection, replace(pulse, broken_since=broken_since))
        log.warning("heartbeats", way="broken" if broken else "open", since=since.isoformat())

    def _put(self, connection: Connection, receiver: str, alert: Alert, moment: datetime) -> None:
        labels = (("segment_id", alert.segment_id),)
        key = Key("heartbeat-way", receiver, Traffic.HEARTBEAT, labels)
        shows = ((alert.alert_id, alert.sequence),)
        notice = Notice(notification_id(key, shows), key, shows, shows, Why.AT_ONCE)
        outbox.add(connection, notice, self._store.setup.channels[receiver], moment)


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
