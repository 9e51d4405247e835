"""Examples in the description: real places and what crosses topics, from the schemas' examples."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def example(topic: str, name: str, version: int = 1) -> Any:
    """Return a valid example of a topic's payload; of a CloudEvent its data."""
    content = whole(topic, name, version)
    return content.get("data", content) if isinstance(content, dict) else content


@cache
def whole(topic: str, name: str, version: int = 1) -> Any:
    """Return a valid example of a topic's value as it stands there."""
    path = files("schemas").joinpath("examples", topic, f"v{version}", "valid", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


_AGREED = {
    "valid_from": "2025-03-13",
    "status": "delimited",
    "official_km": 1006.84,
    "delimited_km": 1006.84,
    "source": "State border treaty signed in Bishkek on 13 March 2025",
}
_LINES = {"type": "MultiLineString", "coordinates": [[[70.5, 39.9], [70.6, 40.0]]]}
_STANDS = {
    "countries": ["KGZ", "TJK"],
    "delimitation_status": "delimited",
    "delimitation": _AGREED,
    "level": "watch",
    "probabilities": {"escalation_14d": 0.031, "fatal_7d": 0.12, "fatal_14d": 0.2},
    "assessed_at": "2021-04-28T12:00:00Z",
    "model_version": "escalation-1",
}
SEGMENT: dict[str, Any] = {
    "type": "Feature",
    "id": "KGZ-TJK-050-07",
    "geometry": _LINES,
    "properties": {
        **_STANDS,
        "segment_id": "KGZ-TJK-050-07",
        "border_id": "KGZ-TJK",
        "number": 7,
        "nominal_km": 50,
        "drawn_km": 49.7,
        "neighbours": ["KGZ-TJK-050-06", "KGZ-TJK-050-08"],
        "alert_id": "KGZ-TJK-050-07:20210428T120000.000000Z",
        "alert_opened_at": "2021-04-28T12:00:00Z",
    },
}
BORDER: dict[str, Any] = {
    "type": "Feature",
    "id": "KGZ-TJK",
    "geometry": _LINES,
    "properties": {
        **_STANDS,
        "border_id": "KGZ-TJK",
        "segments": 19,
        "drawn_km": 945.5,
        "worst_id": "KGZ-TJK-050-07",
        "alert_ids": ["KGZ-TJK-050-07:20210428T120000.000000Z"],
    },
}
