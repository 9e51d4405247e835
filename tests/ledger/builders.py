"""A log in memory that numbers its records and feeds a ledger."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from models.domain.intake import Refusal
from schemas.alert import Alert, Certainty, Reason, Severity, Transition, Trigger, Urgency
from schemas.assessment import Assessment, LadderView, Level, Probabilities
from schemas.base import RecordRef
from schemas.incident import (
    IncidentReport,
    IncidentRetraction,
    Traffic,
)
from schemas.observation import AssertObservation, Effect, RetractObservation, Tick
from schemas.rejection import RejectReason
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import dead_letters, records
from services.ledger.rows import row
from services.ledger.store import Batch, Place, Store
from services.records import Delivery
from tests.builders import NOON, SEGMENT, effect, event, ref

BORDER = "KGZ-TJK"


class Tape:
    """Records in the order of writing; all on partition 0."""

    def __init__(self) -> None:
        self.records: list[Delivery] = []
        self._ends: dict[str, int] = defaultdict(int)

    def add(
        self, topic: Topic, value: bytes | BaseModel, at: datetime = NOON, **rest: Any
    ) -> RecordRef:
        """Append a record; return where it stands."""
        raw = value if isinstance(value, bytes) else value.model_dump_json().encode()
        place = RecordRef(topic=topic.name, partition=0, offset=self._ends[topic.name])
        self._ends[topic.name] += 1
        key, headers = rest.get("key"), rest.get("headers", ())
        self.records.append(Delivery(place, key, raw, headers, at))
        return place

    def take(self, record: Delivery) -> None:
        """Append a record that has its place already."""
        self.records.append(record)
        self._ends[record.ref.topic] = record.ref.offset + 1

    def report(
        self,
        data: IncidentReport | IncidentRetraction,
        at: datetime = NOON,
        *,
        replaces: Effect | None = None,
        segment_id: str = SEGMENT,
    ) -> Effect | None:
        """Append a revision recorded ``at``, and its observation; return what it counts as."""
        cause = self.incident(data, at)
        there = {
            "segment_id": segment_id,
            "traffic": data.traffic,
            "recorded_at": at,
            "cause": cause,
        }
        if isinstance(data, IncidentRetraction):
            assert replaces is not None
            gone = RetractObservation(**there, replaces=replaces, reason="retracted")
            self.add(OBSERVATIONS, gone, at)
            return None
        counts = effect(
            data.incident_id, revision=data.revision, start=data.occurred.start,
            deaths=data.fatalities.best, corroborates=data.corroborates,
        )  # fmt: skip
        self.add(OBSERVATIONS, AssertObservation(**there, effect=counts, replaces=replaces), at)
        return counts

    def incident(self, data: IncidentReport | IncidentRetraction, at: datetime = NOON) -> RecordRef:
        """Append a revision alone."""
        record = records.incident(event(data, at))
        return self.add(INCIDENTS, record.value, at, key=record.key, headers=record.headers)

    def reject(self, source: RecordRef, reason: RejectReason, at: datetime = NOON) -> RecordRef:
        """Append the rejection of a record."""
        delivery = next(r for r in self.records if r.ref == source)
        return self.add(
            REJECTED, dead_letters.rejection(delivery, Refusal(reason, "why")).value, at
        )

    def tick(self, at: datetime) -> RecordRef:
        """Append a tick of the segment."""
        return self.add(
            OBSERVATIONS, Tick(segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=at), at
        )

    def assess(self, at: datetime = NOON, **fields: Any) -> RecordRef:
        """Append an assessment."""
        return self.add(ASSESSMENTS, assessment(at, **fields), at)

    def alert(self, told: Alert) -> RecordRef:
        """Append an alert."""
        record = records.alert(told)
        return self.add(ALERTS, record.value, told.recorded_at, key=record.key)

    def command(self, content: BaseModel, at: datetime = NOON) -> RecordRef:
        """Append a command."""
        return self.add(COMMANDS, content, at)

    def feed(self, store: Store) -> None:
        """Bring a ledger to the end of this log, in one transaction."""
        store.begin(self.places())
        store.write(self.batches(store.offsets()))

    def places(self) -> Iterable[Place]:
        """Return every partition that has records."""
        return [(topic, 0) for topic in self._ends]

    def batches(self, at: dict[Place, int], most: int = 10**9) -> list[Batch]:
        """Return the next ``most`` records of each topic after the offsets ``at``."""
        found = []
        for place in self.places():
            start = at[place]
            taken = [r for r in self.records if r.ref.topic == place[0]][start : start + most]
            if taken:
                made = tuple(m for r in taken if (m := row(r)) is not None)
                found.append(Batch(*place, start, start + len(taken), made))
        return found


_QUIET = {"step": None, "level": Level.NORMAL, "words": "nothing on the ladder"}
_CHANCE = Probabilities(escalation_14d=0.1, fatal_7d=0.2, fatal_14d=0.3)


def assessment(at: datetime = NOON, **fields: Any) -> Assessment:
    """Return an assessment of the segment: watch."""
    content = {
        "segment_id": SEGMENT,
        "traffic": Traffic.ACTUAL,
        "recorded_at": at,
        "observation": ref(0, topic="observations"),
        "level": Level.WATCH,
        "model_level": Level.WATCH,
        "ladder": LadderView.model_validate(_QUIET),
        "probabilities": _CHANCE,
        "contributions": (),
        "incidents": (),
        "model_version": "m-1",
    }
    return Assessment.model_validate(content | fields)


def alert(sequence: int = 1, at: datetime = NOON, **fields: Any) -> Alert:
    """Return a transition of the alert that was opened at noon: raised from normal to watch."""
    content = {
        "alert_id": "A-1",
        "sequence": sequence,
        "segment_id": SEGMENT,
        "border_id": BORDER,
        "countries": ("KGZ", "TJK"),
        "traffic": Traffic.ACTUAL,
        "transition": Transition.RAISED,
        "reason": Reason.LEVEL_ROSE,
        "level": Level.WATCH,
        "previous_level": Level.NORMAL,
        "severity": Severity.MODERATE,
        "urgency": Urgency.EXPECTED,
        "certainty": Certainty.OBSERVED,
        "acknowledged": False,
        "silenced_until": None,
        "flaps": 0,
        "opened_at": NOON,
        "recorded_at": at,
        "headline": "WATCH on the segment",
        "explanation": "Because.",
        "trigger": Trigger.REPORT,
        "cause": ref(0, topic="observations"),
        "incidents": (),
        "ladder": LadderView.model_validate(_QUIET),
        "model_level": Level.WATCH,
        "probabilities": _CHANCE,
        "contributions": (),
        "model_version": "m-1",
    }
    return Alert.model_validate(content | fields)
