"""Random histories of incidents, and a small world that they are reported to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from models.domain.history import believed, meaning
from models.domain.revisions import KnownIncident, revise
from models.domain.risk import Risk
from models.domain.segments import NotLocated, WhyNot
from schemas.command import LinkCommand
from schemas.incident import IncidentReport, IncidentRetraction, Place
from schemas.observation import CommandObservation, Observed, Tick
from tests.builders import NOON, Memory, ref, report, retraction

SEGMENTS = ("A", "B")
# Within 5 km of each other, of the limit, and far beyond it.
PLACES = {"A": (39.96, 70.52), "A near": (39.99, 70.54), "A far": (40.3, 70.9), "B": (40.12, 69.69)}
DAYS = (-1900, -40, -2, -1, 0, 2)
"""Days from noon: forgotten, tallied only, recent, and after the reports are recorded."""
RECORDED = NOON + timedelta(days=1)
END = NOON + timedelta(days=10)

Incident = IncidentReport | IncidentRetraction


@st.composite
def revisions(draw: st.DrawFn, incident_id: str, number: int) -> Incident:
    """Return one revision of an incident: anything may differ from the one before."""
    if number > 1 and draw(st.integers(0, 3)) == 0:
        return retraction(incident_id=incident_id, revision=number)
    place = draw(st.sampled_from([*PLACES, "nowhere"]))
    latitude, longitude = PLACES.get(place, (0.0, 0.0))
    hours = draw(st.sampled_from([0.0, 1.0, 2.5, 7.0]))
    content: dict[str, Any] = {
        "incident_id": incident_id,
        "revision": number,
        "start": NOON + timedelta(days=draw(st.sampled_from(DAYS)), hours=-hours),
        "place": {
            "name": place,
            "latitude": latitude,
            "longitude": longitude,
            "precision": "exact",
        },
        "deaths": draw(st.sampled_from([None, 0, 1, 3])),
        "corroborates": draw(st.sampled_from([None, None, None, "I-0"])),
        "sources": [{"name": draw(st.sampled_from("abc")), "reliability": "B", "credibility": 2}],
    }
    if content["corroborates"] == incident_id:
        content["corroborates"] = None
    return report(**content)


@st.composite
def histories(draw: st.DrawFn) -> list[Incident]:
    """Return every revision of a few incidents, in order of their numbers."""
    return [
        draw(revisions(f"I-{n}", number))
        for n in range(draw(st.integers(1, 5)))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]


@st.composite
def words(draw: st.DrawFn) -> list[LinkCommand]:
    """Return what operators say: at most one word on a pair and day."""
    spoken = draw(
        st.dictionaries(
            st.tuples(
                st.sampled_from(SEGMENTS),
                st.sampled_from(DAYS),
                st.sampled_from([("I-0", "I-1"), ("I-1", "I-2"), ("I-0", "I-3")]),
            ),
            st.sampled_from(["link", "unlink"]),
            max_size=3,
        )
    )
    return [
        LinkCommand(
            kind=kind,
            segment_id=segment,
            author="duty officer",
            day=(NOON + timedelta(days=days)).date(),
            incident_id=one,
            corroborates=other,
        )
        for (segment, days, (one, other)), kind in spoken.items()
    ]


def publisher(incident: Incident) -> str:
    """Return who publishes an incident: every second one comes from another publisher."""
    return f"urn:publisher:{int(incident.incident_id[2:]) % 3}"


def finals(history: Iterable[Incident]) -> list[Incident]:
    """Return the last revision of each incident."""
    last: dict[str, Incident] = {}
    for incident in history:
        if (
            incident.incident_id not in last
            or incident.revision > last[incident.incident_id].revision
        ):
            last[incident.incident_id] = incident
    return list(last.values())


def locate(place: Place) -> str | NotLocated:
    """Put a place on the segment that its name begins with, or nowhere."""
    if place.name == "nowhere":
        return NotLocated(WhyNot.TOO_FAR, "far away")
    return place.name[0]


def around(place: Place) -> dict[str, float]:
    """Return how far the segments in sight are: none where the name says so."""
    sight = {
        "A": {"A": 1.0, "B": 20.0},
        "A near": {"A": 2.0, "B": 30.0},
        "B": {"A": 25.0, "B": 0.0},
    }
    return sight.get(place.name, {})


@dataclass
class World:
    """Revises, locates and folds as the worker does; keeps every observation."""

    known: dict[str, KnownIncident] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    log: dict[str, list[tuple[int, Observed]]] = field(default_factory=lambda: defaultdict(list))
    told: int = 0

    def tell(self, said: Incident | LinkCommand) -> None:
        """Take in one revision or command, as the next record of its topic."""
        self.told += 1
        at = RECORDED + timedelta(seconds=self.told)
        if isinstance(said, LinkCommand):
            cause = ref(self.told, topic="commands")
            self.observe(
                CommandObservation(
                    segment_id=said.segment_id,
                    traffic=said.traffic,
                    recorded_at=at,
                    cause=cause,
                    command=said,
                )
            )
            return
        known = self.known.get(said.incident_id)
        found = revise(known, said, ref(self.told), at, locate, publisher(said), around)
        if found.known is not None:
            self.known[said.incident_id] = found.known
        for observed in found.observations:
            self.observe(observed)

    def observe(self, observed: Observed) -> None:
        """Fold one observation where it belongs."""
        memory = self.memories.setdefault(observed.segment_id, Memory(observed))
        memory.fold(observed)
        self.log[observed.segment_id].append((memory.state.applied, observed))

    def risks(self) -> dict[str, Risk]:
        """Return the risk of each segment once time has passed."""
        for segment, memory in self.memories.items():
            memory.fold(Tick(segment_id=segment, traffic=memory.state.traffic, recorded_at=END))
        return {s: m.state.risk for s, m in self.memories.items()}

    def meanings(self) -> dict[str, str]:
        """Return what the state of each segment says; a segment without a trace says nothing."""
        nothing = meaning(Risk())
        risks = self.risks()
        found = {s: meaning(risks[s], m.days) for s, m in self.memories.items()}
        return {s: m for s, m in found.items() if m != nothing}

    def believed(self) -> dict[str, Risk]:
        """Return what the specification says of each segment."""
        return {s: believed(log, END).risk for s, log in self.log.items()}


def world(said: Sequence[Incident | LinkCommand]) -> World:
    """Return the world after everything in ``said``, in that order."""
    found = World()
    for one in said:
        found.tell(one)
    return found
