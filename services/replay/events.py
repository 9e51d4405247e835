"""Reads incident events from NDJSON: one structured CloudEvent a line."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from schemas.event import IncidentEvent


class BadLine(ValueError):
    """A line of the file is not an incident event."""


def case(name: str = "kgz-tjk") -> Path:
    """Return the file of a case that comes with Forewarn."""
    return Path(str(files("services.replay").joinpath("cases", f"{name}.ndjson")))


def read(path: Path) -> Iterator[IncidentEvent]:
    """Yield the events of ``path``; empty lines are passed over.

    Raises
    ------
    BadLine
        With the line's number, the field, the value and what was expected.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield IncidentEvent.model_validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                field = ".".join(str(part) for part in first["loc"]) or "line"
                found = repr(first["input"])[:200]
                msg = f"{path}, line {number}: {field}: found {found}; {first['msg']}"
                raise BadLine(msg) from error
