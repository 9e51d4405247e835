"""CAP messages, held against the schema of OASIS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import xmlschema
from shapely import Point as Place
from shapely.geometry import Polygon

from models.cap.area import rings
from models.cap.message import NAMESPACE, Publisher, Reference, message, moment, reference
from models.domain.segments import distance_km
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.segment import Segment
from services.borders import load_segments
from tests.builders import NOON, SEGMENT, at
from tests.channels.builders import alert, escalated, resolved

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schema" / "CAP-v1.2.xsd")
PUBLISHER = Publisher(sender="duty@forewarn.example.org")
SEGMENTS = {s.segment_id: s for s in load_segments(["KGZ-TJK"], 50)}
FIRST = reference(alert())


def written(
    told: Alert,
    *earlier: Reference,
    publisher: Publisher = PUBLISHER,
    segments: Mapping[str, Segment] = SEGMENTS,
) -> ET.Element:
    """Return the message once the schema has been found to be kept."""
    xml = message(told, publisher, segments, earlier)
    SCHEMA.validate(xml.decode())
    return ET.fromstring(xml)


def text(root: ET.Element, path: str) -> str | None:
    return root.findtext("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))


def named(root: ET.Element, kind: str) -> dict[str | None, str | None]:
    found = root.iter(f"{{{NAMESPACE}}}{kind}")
    return {text(pair, "valueName"): text(pair, "value") for pair in found}


def test_the_first_message_of_an_alert_says_all_that_the_alert_says() -> None:
    told = alert()
    root = written(told)
    expected = {
        "identifier": f"{told.alert_id}:1",
        "sender": "duty@forewarn.example.org",
        "sent": "2021-04-29T12:00:00-00:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Restricted",
        "references": None,
        "info/category": "Security",
        "info/urgency": "Expected",
        "info/severity": "Severe",
        "info/certainty": "Observed",
        "info/responseType": "Prepare",
        "info/headline": told.headline,
        "info/description": told.explanation,
        "info/area/areaDesc": f"About 10 km on both sides of {SEGMENT}, a stretch of the border "
        "Kyrgyzstan - Tajikistan",
    }
    assert {path: text(root, path) for path in expected} == expected
    assert named(root, "parameter")["forewarn:level"] == "warning"
    assert named(root, "parameter")["forewarn:alert_id"] == told.alert_id
    assert named(root, "geocode") == {"forewarn:segment": SEGMENT}


def test_a_later_message_refers_to_all_the_earlier_ones_of_its_alert() -> None:
    root = written(resolved(sequence=3), FIRST, reference(escalated()))
    assert text(root, "msgType") == "Cancel"
    assert text(root, "references") == (
        f"duty@forewarn.example.org,{alert().alert_id}:1,2021-04-29T12:00:00-00:00 "
        f"duty@forewarn.example.org,{alert().alert_id}:2,2021-04-29T13:00:00-00:00"
    )
    assert text(root, "info/responseType") == "AllClear"
    assert text(written(escalated(), FIRST), "msgType") == "Update"


@pytest.mark.parametrize(
    ("traffic", "status"),
    [
        (Traffic.ACTUAL, "Actual"),
        (Traffic.EXERCISE, "Exercise"),
        (Traffic.TEST, "Test"),
        (Traffic.HEARTBEAT, "Test"),
    ],
)
def test_what_is_not_real_has_another_status_and_says_so(traffic: Traffic, status: str) -> None:
    root = written(alert(traffic=traffic))
    assert text(root, "status") == status
    actual = traffic is Traffic.ACTUAL
    assert (text(root, "note") is None) == actual
    headline = text(root, "info/headline") or ""
    assert headline.startswith(f"{traffic.upper()}: ") != actual


def test_every_alert_there_can_be_keeps_the_schema() -> None:
    for transition in Transition:
        for level in Level:
            for traffic in Traffic:
                told = alert(transition=transition, level=level, traffic=traffic)
                written(told)
                written(told, FIRST)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("headline", "a < b & c > d \"quoted\" 'quoted' ]]> <script>"),
        ("explanation", "nul \x00, bell \x07, escape \x1b, \ufffe, tab\t, line\n"),
        ("headline", "Стрельба 🔥 близ Кок-Таша"),
    ],
)
def test_no_text_can_break_the_message(field: str, value: str) -> None:
    tag = {"headline": "headline", "explanation": "description"}[field]
    found = text(written(alert(**{field: value})), f"info/{tag}") or ""
    kept = "".join(c for c in value if (c >= " " and c != "\ufffe") or c in "\t\n")
    assert found.replace("\N{REPLACEMENT CHARACTER}", "") == kept


def test_a_time_is_never_written_with_z() -> None:
    assert moment(NOON) == "2021-04-29T12:00:00-00:00"
    assert moment(NOON.replace(microsecond=999_999, year=7)) == "0007-04-29T12:00:00-00:00"


def test_a_public_message_restricts_nobody() -> None:
    public = Publisher(sender="a", sender_name="Border watch", scope="Public", half_width_km=5)
    root = written(alert(), publisher=public)
    assert (text(root, "scope"), text(root, "restriction")) == ("Public", None)
    assert text(root, "info/senderName") == "Border watch"
    assert text(written(alert()), "restriction") == PUBLISHER.restriction


def polygons(root: ET.Element) -> list[Polygon]:
    """Return the areas on a map, as (longitude, latitude)."""
    found = []
    for element in root.iter(f"{{{NAMESPACE}}}polygon"):
        pairs = [pair.split(",") for pair in (element.text or "").split(" ")]
        points = [(float(lon), float(lat)) for lat, lon in pairs]
        assert points[0] == points[-1]
        assert len(points) >= 4
        found.append(Polygon(points))
    return found


def test_the_area_is_the_band_around_the_segment() -> None:
    (area,) = polygons(written(alert()))
    assert area.is_valid
    (line,) = SEGMENTS[SEGMENT].lines
    assert all(area.contains(Place(point)) for point in line)
    for lon, lat in area.exterior.coords:
        assert 9 < distance_km(lon, lat, np.array(line)) < 11


def test_an_alert_on_a_border_as_a_whole_has_the_areas_of_all_its_segments() -> None:
    root = written(alert(segment_id="KGZ-TJK"))
    assert len(polygons(root)) >= len(SEGMENTS)
    told = "About 10 km on both sides of the border Kyrgyzstan - Tajikistan"
    assert text(root, "info/area/areaDesc") == told


def test_an_alert_whose_segment_is_not_known_tells_its_area_in_words() -> None:
    root = written(alert(), segments={})
    assert polygons(root) == []
    assert "KGZ-TJK-050-07" in (text(root, "info/area/areaDesc") or "")


def test_every_segment_of_the_world_has_an_area_that_a_map_can_draw() -> None:
    for segment in load_segments(None, 500):
        for ring in rings(segment.lines, 10.0):
            pairs = [tuple(map(float, pair.split(","))) for pair in ring.split(" ")]
            assert all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in pairs)
            longitudes = [lon for _, lon in pairs]
            assert max(longitudes) - min(longitudes) < 90, segment.segment_id
            assert Polygon([(lon, lat) for lat, lon in pairs]).is_valid, segment.segment_id


def test_the_same_transition_is_written_the_same_after_every_replay() -> None:
    args: tuple[Any, ...] = (PUBLISHER, SEGMENTS, (FIRST,))
    assert message(escalated(), *args) == message(escalated(), *args)
    assert reference(escalated()).sent == at(hours=1)
