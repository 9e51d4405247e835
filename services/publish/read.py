"""Reads and checks the reports that somebody wants to publish: JSON, or NDJSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from models.domain import intake
from models.domain.intake import Refusal
from schemas.event import IncidentEvent
from services.faults import Fault

SHOWN = 20
"""How many faults are named one by one."""


class NotPublished(Fault):
    """A report would be rejected, so that none of the file was sent."""

    def __init__(self, called: str, faults: list[str]) -> None:
        more = [f"... and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        super().__init__(f"{called}: nothing was sent. " + "\n".join([*faults[:SHOWN], *more]))


@dataclass(frozen=True, slots=True)
class Sendable:
    """A report that can be read, with the bytes it came in; ``ignored`` fields have no effect."""

    event: IncidentEvent
    value: bytes
    ignored: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """The record's key: the incident id, so that revisions arrive in order."""
        return self.event.data.incident_id.encode()


def read(data: bytes, called: str) -> list[Sendable]:
    """Return the reports in ``data``: one event, a list of events, or an event on each line.

    Parameters
    ----------
    called
        What the errors call the data: the file's name.

    Raises
    ------
    NotPublished
        There is none, or one of them would be rejected: its place, the field, the value and what
        was expected.
    """
    found: list[Sendable] = []
    faults: list[str] = []
    for place, value in _split(data):
        report = _checked(value)
        if isinstance(report, Refusal):
            faults.append(f"{place}: {report.detail}")
        else:
            found.append(report)
    if not found and not faults:
        faults.append("It is empty; expected incident events in JSON, one a line or a list")
    if faults:
        raise NotPublished(called, faults)
    return found


def _split(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of each event, and what to call its place."""
    try:
        whole: Any = orjson.loads(data)
    except orjson.JSONDecodeError:
        lines = enumerate(data.splitlines(), start=1)
        yield from ((f"line {n}", line) for n, line in lines if line.strip())
        return
    for n, one in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        yield f"event {n}", orjson.dumps(one)


def _checked(value: bytes) -> Sendable | Refusal:
    """Read an event as the worker will."""
    report = intake.read(_key(value), value, {})
    if isinstance(report, Refusal):
        return report
    return Sendable(report.event, value, report.ignored)


def _key(value: bytes) -> bytes:
    try:
        return str(orjson.loads(value)["data"]["incident_id"]).encode()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # No key can be told; what is wrong with the event itself is said by whoever reads it.
        return b""
