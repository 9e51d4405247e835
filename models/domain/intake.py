"""Turns the bytes of a report into an incident, or names what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.event import IncidentEvent
from schemas.rejection import FieldError, RejectReason
from schemas.topics import INCIDENTS
from schemas.versions import NewerVersion, UnreadableVersion, upcast

MAX_BYTES = 1_048_576
"""Largest report [bytes] that is read; what is larger is kept whole among the rejected."""

MAX_DEPTH = 64
"""Deepest nesting of a report that is read; an incident of this version has seven levels."""

MAX_VALUES = 5_000
"""Most values, in whatever they are nested, of a report that is read; the largest incident of this
version has some 1,300. Each may be at fault, and naming thousands of faults would hold up all other
reports."""

UNREADABLE = "forewarn-unreadable"
"""The header of a record that stands for others, which could not be read: its value says why."""

_BINARY_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A named reason why a record is not folded, in words that say what to do."""

    reason: RejectReason
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A readable report; ``ignored`` are the fields that this version does not know."""

    event: IncidentEvent
    ignored: tuple[str, ...] = ()


def read(key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> Report | Refusal:
    """Return the incident event in a record of ``incidents``, or why there is none.

    Both CloudEvents 1.0 modes of the Kafka binding are read: structured (the value is the whole
    event) and binary (attributes in ``ce_`` headers, the value is the data).
    """
    if UNREADABLE in headers:
        return Refusal(
            RejectReason.TOO_LARGE, headers[UNREADABLE].decode("utf-8", "replace")[:4000]
        )
    if not value:
        return Refusal(RejectReason.NOT_JSON, "value: empty; expected a CloudEvent in JSON")
    if len(value) > MAX_BYTES:
        return Refusal(
            RejectReason.TOO_LARGE,
            f"value: {len(value)} bytes; expected at most {MAX_BYTES}; send a shorter summary",
        )
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        return Refusal(RejectReason.NOT_JSON, f"value: not JSON: {error}; expected a CloudEvent")
    if too_much := excess(value, content):
        return Refusal(
            RejectReason.INVALID,
            f"value: {too_much}; expected an incident event, whose fields lie within seven levels "
            "and are some 1,300 at most; leave out what is no part of it",
        )
    envelope = _envelope(content, headers)
    if envelope is None:
        return Refusal(
            RejectReason.NOT_A_CLOUDEVENT,
            "specversion: missing; expected a CloudEvents 1.0 event: structured JSON with "
            "specversion, id, source, type, time and data, or the data with ce_ headers",
        )
    try:
        current = upcast(INCIDENTS, envelope)
        # What came as it is to be read need not be written again to be validated.
        report = _validated(current, value if current is content else orjson.dumps(current))
    except (NewerVersion, UnreadableVersion) as error:
        return Refusal(RejectReason.UNKNOWN_VERSION, str(error))
    if isinstance(report, Report) and key != report.event.data.incident_id.encode():
        return Refusal(
            RejectReason.KEY_MISMATCH,
            f"record key: {_shown(key)}; expected {report.event.data.incident_id!r}: the key is "
            "the incident id, so that all revisions of an incident arrive in order",
        )
    return report


def excess(value: bytes, content: Any) -> str | None:
    """Return what is too much in ``content`` to be validated, None where nothing is.

    It is looked for only where the text, ``value``, allows it.
    """
    opened = value.count(b"[") + value.count(b"{")
    if opened <= MAX_DEPTH and opened + value.count(b",") <= MAX_VALUES:
        return None
    count, level = 0, [content] if isinstance(content, dict | list) else []
    for _ in range(MAX_DEPTH + 1):
        inside = [n.values() if isinstance(n, dict) else n for n in level]
        count += sum(map(len, inside))
        if count > MAX_VALUES:
            return f"more than {MAX_VALUES} values"
        level = [n for nodes in inside for n in nodes if isinstance(n, dict | list)]
    return f"nested deeper than {MAX_DEPTH} levels" if level else None


def _envelope(content: Any, headers: Mapping[str, bytes]) -> dict[str, Any] | None:
    if "ce_specversion" in headers:
        found = {
            name: headers[f"ce_{name}"].decode("utf-8", "replace")
            for name in _BINARY_ATTRIBUTES
            if f"ce_{name}" in headers
        }
        return {**found, "data": content}
    if isinstance(content, dict) and "specversion" in content:
        return content
    return None


def _validated(envelope: dict[str, Any], text: bytes) -> Report | Refusal:
    """Validate ``text`` strictly, save that unknown fields are left out and named."""
    ignored: list[str] = []
    while True:
        try:
            event = IncidentEvent.model_validate_json(text, strict=True)
        except ValidationError as error:
            faults = _faults(error)
            unknown = [f["loc"] for f in faults if f["type"] == "extra_forbidden"]
            if len(unknown) < len(faults):
                return _refusal([f for f in faults if f["type"] != "extra_forbidden"])
            for loc in unknown:
                ignored.append(_path(loc))
                _remove(envelope, loc)
            text = orjson.dumps(envelope)
        else:
            return Report(event, tuple(ignored))


def invalid(error: ValidationError) -> Refusal:
    """Return what is wrong, field by field."""
    return _refusal(_faults(error))


def _faults(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False)


def _refusal(faults: Sequence[ErrorDetails]) -> Refusal:
    errors = tuple(
        FieldError(field=_path(f["loc"]), value=_shown(f["input"]), expected=f["msg"])
        for f in faults[:20]
    )
    first = errors[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Refusal(
        RejectReason.INVALID,
        f"{first.field or 'value'}: found {first.value}; {first.expected}{more}"[:4000],
        errors,
    )


def _path(loc: tuple[int | str, ...]) -> str:
    """Name a field as the sender knows it: without the tag of the union that ``data`` is."""
    return ".".join(str(part) for part in _untagged(loc))


def _untagged(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return (*loc[:1], *loc[2:]) if loc[:1] == ("data",) and len(loc) > 1 else loc


def _remove(envelope: dict[str, Any], loc: tuple[int | str, ...]) -> None:
    *path, last = _untagged(loc)
    node: Any = envelope
    for part in path:
        node = node[part]
    del node[last]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."
