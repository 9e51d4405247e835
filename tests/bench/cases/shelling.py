"""Reports that always lead to an alert: shelling, on one segment of the world after the other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from models.domain.segments import Atlas, OnSegment
from schemas.event import EventKind, IncidentEvent
from schemas.segment import Segment
from schemas.taxonomy import TYPE_OF, SubEventType
from services.borders import load_segments
from services.settings import Settings

AGO = timedelta(minutes=10)
"""How long before its report an incident began: one that has not yet begun would not count."""


def places() -> Iterator[Segment]:
    """Yield segments of the world without end, neighbours far from each other in time."""
    segments = load_segments(None, Settings.model_fields["segment_km"].default)
    atlas = Atlas(segments)
    found = [s for s in segments if _lies(atlas, s)]
    number = 0
    # A prime that does not divide their number visits all before it comes back.
    step = 7919 if len(found) % 7919 else 1
    while True:
        yield found[number % len(found)]
        number += step


def _middle(segment: Segment) -> tuple[float, float]:
    line = max(segment.lines, key=len)
    lon, lat = line[len(line) // 2]
    return lat, lon


def _lies(atlas: Atlas, segment: Segment) -> bool:
    found = atlas.locate(*_middle(segment), 5.0, segment.countries)
    return isinstance(found, OnSegment) and found.segment_id == segment.segment_id


def event(name: str, segment: Segment) -> IncidentEvent:
    """Return a report of shelling, which every ladder of levels takes for its highest step."""
    kind, now = SubEventType.SHELLING, datetime.now(UTC)
    latitude, longitude = _middle(segment)
    return IncidentEvent.model_validate(
        {
            "specversion": "1.0",
            "id": f"{name}:1",
            "source": "urn:forewarn:bench",
            "type": EventKind.INCIDENT,
            "time": now,
            "data": {
                "incident_id": name,
                "revision": 1,
                "status": "reported",
                "occurred": {"start": now - AGO, "precision": "hour"},
                "place": {
                    "name": segment.segment_id,
                    "latitude": latitude,
                    "longitude": longitude,
                    "precision": "exact",
                    "countries": segment.countries,
                },
                "event_type": TYPE_OF[kind],
                "sub_event_type": kind,
                "summary": "Shelling across the border.",
            },
        }
    )
