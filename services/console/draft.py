"""An incident as a form has it, and as the contract wants it: pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.incident import IncidentReport, Traffic
from services.console.moments import read, written

Draft = dict[str, Any]
"""An incident's content by its fields; what is not filled in is None or ''."""

PLACE = "place"
LATITUDE, LONGITUDE = f"{PLACE}.latitude", f"{PLACE}.longitude"
"""The paths of where it happened."""

MOMENTS = ("start", "end")
NUMBERS = ("low", "best", "high", "latitude", "longitude")
CODES = ("countries",)
"""Fields that a form has as text, by their last names."""

ROWS: Mapping[str, Draft] = {
    "actors": {"name": "", "side": ""},
    "fatalities.claims": {"claimant": "", "of_side": "", "low": "", "best": "", "high": ""},
    "injured.claims": {"claimant": "", "of_side": "", "low": "", "best": "", "high": ""},
    "sources": {"name": "", "url": "", "reliability": "F", "credibility": 6},
}
"""What can be added: an empty one of each."""


def new(incident_id: str, now: datetime, traffic: Traffic) -> Draft:
    """Return the draft of a report that is made now."""
    return {
        "incident_id": incident_id,
        "revision": 1,
        "traffic": traffic.value,
        "status": "reported",
        "occurred": {"start": written(now), "end": "", "precision": "hour"},
        "place": {"name": "", "precision": "exact", "countries": ""},
        "event_type": None,
        "sub_event_type": None,
        "summary": "",
        "fatalities": {"claims": []},
        "injured": {"claims": []},
        "actors": [],
        "sources": [dict(ROWS["sources"])],
    }


def of(report: IncidentReport) -> Draft:
    """Return the draft of the next revision of a report: what it says, to be corrected."""
    content: Draft = report.model_dump(mode="json", exclude={"sealed", "status_reason"})
    for name in MOMENTS:
        at = getattr(report.occurred, name)
        content["occurred"][name] = written(at) if at is not None else ""
    content["place"]["countries"] = ", ".join(report.place.countries)
    return content | {"revision": report.revision + 1, "status": "corrected"}


def put(draft: Draft, path: str, value: Any) -> None:
    """Set the field of a dotted path, such as ``sources.0.name``."""
    *above, last = path.split(".")
    here: Any = draft
    for name in above:
        here = here[int(name)] if isinstance(here, list) else here.setdefault(name, {})
    here[last] = value


def get(draft: Draft, path: str) -> Any:
    """Return the field of a dotted path; None where it is not set."""
    here: Any = draft
    for name in path.split("."):
        if isinstance(here, list):
            here = here[int(name)]
        elif isinstance(here, dict):
            here = here.get(name)
        else:
            return None
    return here


def content(draft: Draft) -> dict[str, Any]:
    """Return an incident's content: without what is not filled in, numbers and moments as such.

    What cannot be read stays as it was typed, for the contract to say what it expects.
    """
    found: dict[str, Any] = _filled(draft, "")
    return found


def faults(draft: Draft) -> list[Any]:
    """Return what the contract finds wrong with a draft, as pydantic tells it."""
    try:
        IncidentReport.model_validate(content(draft))
    except ValidationError as error:
        return list(error.errors())
    return []


def _filled(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        parts = {key: _filled(part, key) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_filled(part, name) for part in value]
    return _typed(name, value.strip()) if isinstance(value, str) else value


def _typed(name: str, text: str) -> Any:
    if not text:
        return None
    if name in MOMENTS:
        at = read(text)
        return at.isoformat() if isinstance(at, datetime) else at
    if name in NUMBERS:
        return _number(text)
    if name in CODES:
        return [code.strip().upper() for code in text.split(",") if code.strip()]
    return text


def _number(text: str) -> int | float | str:
    plain = text.replace(",", ".")
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return text
