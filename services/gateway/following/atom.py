"""Writes alerts as an Atom feed (RFC 4287): pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote
from xml.etree import ElementTree as ET

from models.cap.characters import writable
from models.domain.advice import BANNERS, advice, mark
from schemas.alert import Alert

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
MEDIA_TYPE: Final = "application/atom+xml"
CAP_TYPE: Final = "application/cap+xml"

QUIET: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed changed that has never had an entry."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed is, beside its entries.

    Parameters
    ----------
    kind
        ``cap``: the entries lead to CAP messages, and hold no text of their own.
    query
        What of the alerts was asked for, which makes it another feed.
    own
        The address that was asked for, in full.
    next
        That of the entries before these; None when there are none.
    root
        That of the gateway, with a slash at its end.
    """

    kind: Literal["atom", "cap"]
    query: str
    own: str
    next: str | None
    root: str


def written(feed: Feed, alerts: Sequence[Alert]) -> bytes:
    """Return the document, in UTF-8; ``alerts`` come from the latest on."""
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    named = f":{quote(feed.query)}" if feed.query else ""
    _add(root, "id", f"urn:forewarn:alerts:{feed.kind}{named}")
    _add(root, "title", "Forewarn: alerts" + (" in CAP 1.2" if feed.kind == "cap" else ""))
    _add(root, "updated", moment(changed(alerts)))
    author = ET.SubElement(root, "author")
    _add(author, "name", "Forewarn")
    _add(root, "generator", "Forewarn")
    _link(root, "self", feed.own, MEDIA_TYPE)
    if feed.next is not None:
        _link(root, "next", feed.next, MEDIA_TYPE)
    for alert in alerts:
        _entry(root, feed, alert)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def changed(alerts: Sequence[Alert]) -> datetime:
    """Return when the latest was recorded."""
    return max((alert.recorded_at for alert in alerts), default=QUIET)


def moment(at: datetime) -> str:
    """Return a time as Atom writes it (RFC 3339), in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cap_path(alert: Alert) -> str:
    """Return where the CAP message of a transition is, relative to the gateway."""
    return f"v1/alerts/{quote(alert.alert_id, safe=':')}/{alert.sequence}.cap"


def _entry(parent: ET.Element, feed: Feed, alert: Alert) -> None:
    entry = ET.SubElement(parent, "entry")
    _add(entry, "id", f"urn:forewarn:alert:{quote(alert.alert_id, safe=':')}:{alert.sequence}")
    _add(entry, "title", mark(alert.traffic) + alert.headline)
    _add(entry, "updated", moment(alert.recorded_at))
    _add(entry, "published", moment(alert.recorded_at))
    _link(entry, "alternate", feed.root + cap_path(alert), CAP_TYPE)
    for scheme, term in _terms(alert):
        ET.SubElement(entry, "category", {"scheme": f"urn:forewarn:{scheme}", "term": term})
    _add(entry, "summary", mark(alert.traffic) + alert.headline, type="text")
    if feed.kind == "atom":
        parts = (BANNERS.get(alert.traffic), alert.explanation, advice(alert))
        _add(entry, "content", "\n\n".join(filter(None, parts)), type="text")


def _terms(alert: Alert) -> tuple[tuple[str, str], ...]:
    return (
        ("level", alert.level.value),
        ("transition", alert.transition.value),
        ("traffic", alert.traffic.value),
        ("border", alert.border_id),
        ("segment", alert.segment_id),
    )


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": kind, "href": href})


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = writable(text)
