"""Reads incident events from NDJSON: one structured CloudEvent a line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from models.domain import intake
from schemas.event import IncidentEvent
from schemas.incident import Traffic
from services.faults import Fault


class BadLine(Fault):
    """A line of the file is not an incident event."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Where one event stands in a file; entries order by time, then by line."""

    time: datetime
    number: int
    position: int


def case(name: str = "kgz-tjk") -> Path:
    """Return the file of a case that comes with Forewarn."""
    return Path(str(files("services.replay").joinpath("cases", f"{name}.ndjson")))


def read(path: Path) -> list[Entry]:
    """Return where each event of ``path`` stands, in the order in which they became known.

    Only times and positions are held in memory; the events themselves are read one by one.

    Raises
    ------
    BadLine
        With the line's number, the field, the value and what was expected.
    """
    found, position = [], 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found.append(Entry(_event(path, number, line).time, number, position))
            position += len(line)
    return sorted(found)


def events(path: Path, entries: Sequence[Entry]) -> Iterator[IncidentEvent]:
    """Yield the events of ``path`` in the order of ``entries``."""
    with path.open("rb") as lines:
        for entry in entries:
            lines.seek(entry.position)
            yield _event(path, entry.number, lines.readline())


def marked(found: Iterable[IncidentEvent], traffic: Traffic) -> Iterator[IncidentEvent]:
    """Yield events as of another kind of traffic: nobody may take them for what happens now."""
    for event in found:
        data = event.data.model_copy(update={"traffic": traffic})
        yield event.model_copy(update={"data": data})


def _event(path: Path, number: int, line: bytes) -> IncidentEvent:
    try:
        return IncidentEvent.model_validate_json(line)
    except ValidationError as error:
        msg = f"{path}, line {number}: {intake.invalid(error).detail}"
        raise BadLine(msg) from error
