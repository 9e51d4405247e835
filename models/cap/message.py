"""Writes one transition of an alert as one CAP 1.2 message; sections are those of OASIS 2010."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from xml.etree import ElementTree as ET

from models.cap.area import rings
from models.cap.characters import writable
from models.domain.advice import BANNERS, advice, mark, over
from models.escalation.words import border
from schemas.alert import Alert
from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.segment import Line, Segment

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
EVENT: Final = "Risk of armed violence at a land border"

_STATUS = {
    Traffic.ACTUAL: "Actual",
    Traffic.EXERCISE: "Exercise",
    Traffic.TEST: "Test",
    Traffic.HEARTBEAT: "Test",
}
_RESPONSE = {
    Level.WATCH: "Monitor",
    Level.WARNING: "Prepare",
    Level.CRITICAL: "Execute",
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and for whom.

    Parameters
    ----------
    sender
        Guaranteed unique by whoever assigns it, e.g. an address of mail or a domain; without
        spaces, commas, ``<`` and ``&``.
    restriction
        Who may have it; written when the scope is Restricted.
    half_width_km
        How far the area reaches on each side of the border.
    """

    sender: str
    sender_name: str | None = None
    scope: Literal["Public", "Restricted"] = "Restricted"
    restriction: str = "For those whom Forewarn is set up to tell."
    half_width_km: float = 10.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A message that was published: what a later one of the same alert refers to it by."""

    identifier: str
    sent: datetime


def reference(alert: Alert) -> Reference:
    """Return what the message of a transition is referred to by: the same after every replay."""
    return Reference(f"{alert.alert_id}:{alert.sequence}", alert.recorded_at)


def message(
    alert: Alert,
    publisher: Publisher,
    segments: Mapping[str, Segment],
    earlier: Sequence[Reference] = (),
) -> bytes:
    """Return the message of one transition, in UTF-8.

    Parameters
    ----------
    segments
        By id. An alert on a border as a whole has the areas of all its segments here; one whose
        segment is not here has an area in words alone.
    earlier
        The messages of this alert that were published before. Without any it is an Alert;
        with some an Update, or a Cancel when the alert is over.
    """
    own = reference(alert)
    found = ET.Element("alert", {"xmlns": NAMESPACE})
    _add(found, "identifier", own.identifier)
    _add(found, "sender", publisher.sender)
    _add(found, "sent", moment(own.sent))
    _add(found, "status", _STATUS[alert.traffic])
    _add(found, "msgType", _kind(alert, earlier))
    _add(found, "scope", publisher.scope)
    _add(found, "restriction", publisher.restriction if publisher.scope == "Restricted" else None)
    _add(found, "note", BANNERS.get(alert.traffic))
    told = (f"{publisher.sender},{e.identifier},{moment(e.sent)}" for e in earlier)
    _add(found, "references", " ".join(told) or None)
    _add_info(found, alert, publisher, segments)
    return bytes(ET.tostring(found, encoding="utf-8", xml_declaration=True))


def moment(at: datetime) -> str:
    """Return a time as CAP writes it (section 3.3.2): whole seconds, UTC as -00:00, never Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "-00:00"


def _kind(alert: Alert, earlier: Sequence[Reference]) -> str:
    if not earlier:
        return "Alert"
    return "Cancel" if over(alert) else "Update"


def _add_info(
    parent: ET.Element, alert: Alert, publisher: Publisher, segments: Mapping[str, Segment]
) -> None:
    info = ET.SubElement(parent, "info")
    _add(info, "language", "en")
    _add(info, "category", "Security")
    _add(info, "event", EVENT)
    _add(info, "responseType", "AllClear" if over(alert) else _RESPONSE[alert.level])
    _add(info, "urgency", alert.urgency)
    _add(info, "severity", alert.severity)
    _add(info, "certainty", alert.certainty)
    _add(info, "senderName", publisher.sender_name)
    _add(info, "headline", mark(alert.traffic) + alert.headline)
    _add(info, "description", alert.explanation)
    _add(info, "instruction", advice(alert))
    _add_named(info, "parameter", "forewarn:level", alert.level)
    _add_named(info, "parameter", "forewarn:transition", alert.transition)
    _add_named(info, "parameter", "forewarn:alert_id", alert.alert_id)
    _add_area(info, alert, publisher.half_width_km, segments)


def _add_area(
    info: ET.Element, alert: Alert, half_width_km: float, segments: Mapping[str, Segment]
) -> None:
    area = ET.SubElement(info, "area")
    whole = f"the border {border(alert.border_id)}"
    part = "" if alert.segment_id == alert.border_id else f"{alert.segment_id}, a stretch of "
    _add(area, "areaDesc", f"About {half_width_km:g} km on both sides of {part}{whole}")
    for lines in _drawn(alert, segments):
        for ring in rings(lines, half_width_km):
            _add(area, "polygon", ring)
    _add_named(area, "geocode", "forewarn:segment", alert.segment_id)


def _drawn(alert: Alert, segments: Mapping[str, Segment]) -> list[tuple[Line, ...]]:
    if alert.segment_id == alert.border_id:
        own = (s for s in segments.values() if s.border_id == alert.border_id)
        return [s.lines for s in sorted(own, key=lambda s: s.number)]
    segment = segments.get(alert.segment_id)
    return [segment.lines] if segment else []


def _add_named(parent: ET.Element, kind: str, name: str, value: str) -> None:
    pair = ET.SubElement(parent, kind)
    _add(pair, "valueName", name)
    _add(pair, "value", value)


def _add(parent: ET.Element, tag: str, text: str | None) -> None:
    if text is not None:
        ET.SubElement(parent, tag).text = writable(text)
