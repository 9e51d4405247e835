"""Turns the rows of any dataset into events: each becomes one, is left out, or is named."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any

from pydantic import ValidationError

from schemas.event import EventKind, IncidentEvent
from schemas.incident import IncidentReport
from services.importers.cells import Refused
from services.importers.dataset import Dataset
from services.importers.inputs import Input
from services.importers.rows import LeftOut, Rejected, Row
from services.importers.seen import Seen
from services.importers.table import rows
from services.importers.wanted import Wanted

Read = IncidentEvent | Rejected | LeftOut


def read(source: Input, dataset: Dataset, wanted: Wanted | None = None) -> Iterator[Read]:
    """Yield what becomes of every row of ``source``, as ``read_rows`` does, without the rows."""
    return (found for _row, found in read_rows(source, dataset, wanted))


def read_rows(
    source: Input, dataset: Dataset, wanted: Wanted | None = None
) -> Iterator[tuple[Row, Read]]:
    """Yield every row of ``source`` and what becomes of it, in order, in constant memory.

    Raises
    ------
    UnreadableTable
        The file is no table, or lacks columns of the dataset.
    """
    wanted = wanted or Wanted()
    columns = dataset.columns
    with Seen() as seen:
        for row in rows(source, columns.needed, columns.aliases, columns.unnamed):
            if isinstance(row, Rejected):
                yield row.row, row
            else:
                yield row, _once(row, turned(row, dataset, wanted, seen), dataset, seen)


def turned(row: Row, dataset: Dataset, wanted: Wanted, seen: Seen) -> Read:
    """Return what a row becomes by itself."""
    try:
        told = dataset.told(row.values)
        if isinstance(told, LeftOut):
            return told
        first = seen.get(told.event) if told.event else None
        if first is not None and (same := first[1].decode()) != told.report["incident_id"]:
            told.report["corroborates"] = same
        event = IncidentEvent.model_validate(_envelope(told.report, told.at, dataset, wanted))
    except Refused as error:
        return Rejected(row, ((error.field, error.value, error.expected),))
    except ValidationError as error:
        return Rejected(row, tuple(_named(e) for e in error.errors(include_url=False)))
    if isinstance(event.data, IncidentReport) and (why := wanted.refuses(event.data)):
        return LeftOut(why)
    if told.event and first is None:
        seen.put(told.event, row.number, event.data.incident_id.encode())
    return event


def _envelope(
    report: dict[str, Any], at: datetime, dataset: Dataset, wanted: Wanted
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{report['incident_id']}:{report['revision']}",
        "source": dataset.source,
        "type": EventKind.INCIDENT,
        "time": at,
        "subject": report["incident_id"],
        "data": {**report, "traffic": wanted.traffic},
    }


def _once(row: Row, found: Read, dataset: Dataset, seen: Seen) -> Read:
    """Refuse another telling of a revision that has been told; one that is equal may come again."""
    if not isinstance(found, IncidentEvent):
        return found
    # What a repeat corroborates depends on what came before it, and is no part of what it says.
    said = found.data.model_dump_json(exclude={"corroborates"}).encode()
    digest = blake2b(said, digest_size=16).digest()
    earlier = seen.get(found.id)
    if earlier is None:
        seen.put(found.id, row.number, digest)
        return found
    number, before = earlier
    if dataset.repeats and before == digest:
        return LeftOut("told in an earlier row")
    expected = f"an id of its own; row {number} has it already"
    if dataset.repeats:
        expected = f"what row {number} says of it, or another revision"
    return Rejected(row, (("id", found.id, expected),))


def _named(error: Any) -> tuple[str, str, str]:
    field = ".".join(str(part) for part in error["loc"] if part not in _TAGS)
    return field, repr(error["input"])[:200], error["msg"]


_TAGS = ("data", "reported", "confirmed", "corrected", "retracted")
