"""Listens to a replay and keeps what lead times are measured on."""

from collections import defaultdict
from datetime import date

from models.domain.leadtimes import Track, track
from models.domain.violence import Told, told
from schemas.assessment import Assessment
from schemas.event import IncidentEvent
from schemas.incident import Traffic
from schemas.observation import AssertObservation
from schemas.topics import ASSESSMENTS
from schemas.versions import decode
from services.records import Delivery
from services.replay.driver import Outcome


class Witness:
    """Only actual traffic is kept: an exercise warns of nothing."""

    def __init__(self) -> None:
        self.history: dict[str, Told] = {}
        self.last = date.min
        self._assessments: dict[str, list[Assessment]] = defaultdict(list)

    def hear(self, record: Delivery) -> None:
        """Take a record of any topic."""
        if record.ref.topic == ASSESSMENTS.name and record.value is not None:
            assessment: Assessment = decode(ASSESSMENTS, record.value)
            if assessment.traffic is Traffic.ACTUAL:
                self._assessments[assessment.segment_id].append(assessment)

    def reported(self, event: IncidentEvent, outcome: Outcome) -> None:
        """Take a report, and what it led to: one that led to nothing was known, or superseded."""
        data = event.data
        if data.traffic is not Traffic.ACTUAL or not (outcome.observations or outcome.rejections):
            return
        self.last = max(self.last, event.time.date())
        places = [
            o.segment_id for o in outcome.observations if isinstance(o, AssertObservation) and o.own
        ]
        before = self.history.pop(data.incident_id, None)
        after = told(before, data, places[-1] if places else None, event.time)
        if after is not None:
            self.history[data.incident_id] = after

    def tracks(self) -> dict[str, Track]:
        """Return what was said of each segment, and of each border as a whole."""
        return {place: track(said) for place, said in sorted(self._assessments.items())}
