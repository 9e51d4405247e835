"""Turns what a caller sends into a record of ``incidents``, judged as the worker will judge it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import orjson

from models.domain import intake
from models.domain.intake import Refusal
from models.domain.revisions import digest_of, from_the_future
from schemas.event import EventKind, IncidentEvent
from schemas.incident import IncidentReport
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS
from services.records import STRUCTURED, Outgoing

_BINARY = (("content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Publishable:
    """A report that no worker rejects for its form; ``ignored`` fields have no effect."""

    event: IncidentEvent
    record: Outgoing
    ignored: tuple[str, ...]

    @property
    def place(self) -> tuple[str, int]:
        """What it is: the incident and its revision."""
        return self.event.data.incident_id, self.event.data.revision

    @property
    def digest(self) -> str:
        """What tells its content from another one, by the worker's measure."""
        return digest_of(self.event.data)


def source_of(caller: str) -> str:
    """Return the CloudEvents source of what the gateway wraps: it names the caller."""
    return f"urn:forewarn:publisher:{quote(caller, safe='')}"


def plain(content: dict[str, Any], source: str, now: datetime) -> bytes:
    """Return the CloudEvent around a plain incident; what is no event has no ``specversion``.

    Its id is the same whenever the same revision is sent.
    """
    incident_id = content.get("incident_id")
    event = {
        "specversion": "1.0",
        "id": f"{incident_id}:{content.get('revision')}"[:300],
        "source": source,
        "type": EventKind.INCIDENT.value,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "subject": incident_id,
        "data": content,
    }
    return orjson.dumps(event)


def line(value: bytes, source: str, now: datetime) -> Publishable | Refusal:
    """Return what a line or a JSON body publishes: an event, or a plain incident in one.

    ``now`` becomes its record time.
    """
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        detail = f"value: not JSON: {error}; expected an incident or a CloudEvent"
        return Refusal(RejectReason.NOT_JSON, detail)
    if not isinstance(content, dict):
        detail = f"value: found {type(content).__name__}; expected an incident or a CloudEvent"
        return Refusal(RejectReason.INVALID, detail)
    if "specversion" in content:
        return judged(_incident_id(content), value, STRUCTURED, now)
    # Wrapping something that is too deep to be read would not make it readable.
    if len(value) > intake.MAX_BYTES:
        return judged(b"", value, (), now)
    try:
        return judged(_incident_id({"data": content}), plain(content, source, now), STRUCTURED, now)
    except (orjson.JSONEncodeError, RecursionError):
        detail = f"value: nested deeper than {intake.MAX_DEPTH} levels; leave out what is nested"
        return Refusal(RejectReason.INVALID, detail)


def binary(headers: Mapping[str, str], body: bytes, now: datetime) -> Publishable | Refusal:
    """Return what a CloudEvent in binary mode publishes: attributes are ``ce-`` headers.

    The HTTP binding percent-encodes what no header can hold (CloudEvents 1.0.2, HTTP, 3.1.3.2).
    """
    attributes = tuple(
        (f"ce_{name[3:]}", unquote_to_bytes(value.encode("utf-8")))
        for name, value in headers.items()
        if name.startswith("ce-")
    )
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    return judged(_incident_id({"data": content}), body, attributes + _BINARY, now)


def judged(
    key: bytes, value: bytes, headers: tuple[tuple[str, bytes], ...], now: datetime
) -> Publishable | Refusal:
    """Return the record, or why a worker would reject it."""
    found = intake.read(key, value, dict(headers))
    if isinstance(found, Refusal):
        return found
    incident = found.event.data
    if isinstance(incident, IncidentReport):
        early = from_the_future(incident, now)
        if early is not None:
            return early
    return Publishable(found.event, Outgoing(INCIDENTS, key, value, headers, now), found.ignored)


def _incident_id(content: dict[str, Any]) -> bytes:
    """Return the key; where none can be told, what is wrong is said by whoever reads it."""
    data = content.get("data")
    found = data.get("incident_id") if isinstance(data, dict) else None
    return found.encode("utf-8", "replace") if isinstance(found, str) else b""
