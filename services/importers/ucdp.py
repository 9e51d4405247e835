"""Turns UCDP GED, full or reduced, into incident events; a row that cannot turn is named."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.codebooks import UCDP_DATE, UCDP_WHERE, from_ucdp_violence
from schemas.event import EventKind, IncidentEvent
from schemas.rejection import FieldError
from services.importers.countries import country_code
from services.importers.rejected import Imported, RejectedRow, shown
from services.importers.table import Row, Table, UnreadableFile, open_table
from services.importers.ucdp_row import NEEDED, GedRow
from services.importers.ucdp_words import summary

SOURCE = "urn:ucdp:ged"
KNOWN_AFTER = timedelta(days=1)
"""GED gives no report time; an event counts as known on the day after it ended."""

_NAME_LENGTH = 300
_CIVILIANS = "civilians"


def read_ucdp(path: Path) -> Iterator[Imported]:
    """Return one item per row of ``path``: its incident, or the row with what is wrong with it.

    Raises
    ------
    UnreadableFile
        At once when the file is missing, of another kind, or not GED; later when it is broken
        further down.
    """
    table = open_table(path)
    return _convert(table, _layout(path, table.columns))


def _layout(path: Path, columns: tuple[str, ...]) -> type[GedRow]:
    lacking = {layout: sorted(needed - set(columns)) for layout, needed in NEEDED.items()}
    for layout, missing in lacking.items():
        if not missing:
            return layout
    full, reduced = lacking.values()
    msg = (
        f"{path}: not a UCDP GED file: the full layout lacks columns {', '.join(full)}; the "
        f"reduced one lacks {', '.join(reduced)}; give a GED release with its own column names"
    )
    raise UnreadableFile(msg)


def _convert(table: Table, layout: type[GedRow]) -> Iterator[Imported]:
    first_row: dict[str, int] = {}
    for row in table.rows:
        if row.ragged:
            yield _ragged(row, len(table.columns))
            continue
        try:
            item = _event(layout.model_validate(_filled(row.cells)))
        except ValidationError as error:
            yield RejectedRow.of_invalid(row.number, row.cells, error)
            continue
        first = first_row.setdefault(item.data.incident_id, row.number)
        yield item if first == row.number else _repeated(row, first)


def _filled(cells: dict[str, object]) -> dict[str, object]:
    """Leave out the empty cells: None, blank text, and NaN, which alone differs from itself."""
    return {
        name: cell
        for name, cell in cells.items()
        if cell is not None and cell == cell and not (isinstance(cell, str) and not cell.strip())
    }


def _ragged(row: Row, columns: int) -> RejectedRow:
    expected = f"{columns} cells, one a column; look for a stray comma or quote"
    error = FieldError(field="", value=f"{len(row.cells)} cells", expected=expected)
    return RejectedRow.of(row.number, row.cells, "row: wrong number of cells", (error,))


def _repeated(row: Row, first: int) -> RejectedRow:
    expected = f"an id of its own; row {first} has this one, and was imported"
    error = FieldError(field="id", value=shown(row.cells["id"]), expected=expected)
    return RejectedRow.of(row.number, row.cells, "id: repeated", (error,))


def _event(row: GedRow) -> IncidentEvent:
    incident_id = f"UCDP-GED-{row.id}"
    return IncidentEvent.model_validate(
        {
            "specversion": "1.0",
            "type": EventKind.INCIDENT,
            "id": f"{incident_id}:1",
            "source": SOURCE,
            "subject": incident_id,
            "time": row.date_end + KNOWN_AFTER,
            "data": _report(row, incident_id),
        }
    )


def _report(row: GedRow, incident_id: str) -> dict[str, Any]:
    event_type, sub_event_type = from_ucdp_violence(row.type_of_violence)
    place = _place(row)
    toll, contradictions = _toll(row)
    return {
        "incident_id": incident_id,
        "revision": 1,
        "status": "confirmed" if row.code_status == "Clear" else "reported",
        "occurred": {
            "start": row.date_start,
            "end": None if row.date_end == row.date_start else row.date_end,
            "precision": UCDP_DATE[row.date_prec],
        },
        "place": place,
        "event_type": event_type,
        "sub_event_type": sub_event_type,
        "summary": summary(row, place["name"], contradictions),
        "actors": [{"name": _name(side)} for side in (row.side_a, row.side_b) if side],
        "fatalities": toll,
        "sources": _sources(row),
        "native": {"scheme": "UCDP-GED", "id": str(row.id), "code": row.relid},
    }


def _place(row: GedRow) -> dict[str, Any]:
    country = country_code(row.iso3, row.country)
    name = row.where_coordinates or row.where_description or row.adm_2 or row.adm_1 or row.country
    return {
        "name": _name(name),
        "latitude": row.latitude,
        "longitude": row.longitude,
        "precision": UCDP_WHERE[row.where_prec],
        "countries": [country] if country else [],
    }


def _toll(row: GedRow) -> tuple[dict[str, Any], list[str]]:
    """Return the deaths, and in words each bound that contradicts the best estimate.

    ``best`` is the sum of UCDP's deaths by side, so it is the bound that is not to be relied on:
    it is left unknown, rather than moved to a figure that nobody gave.
    """
    low, best, high = row.low, row.best, row.high
    contradictions = []
    if low is not None and best is not None and low > best:
        contradictions.append(f"UCDP's low of {low} lies above its best and is left out")
        low = None
    if high is not None and best is not None and high < best:
        contradictions.append(f"UCDP's high of {high} lies below its best and is left out")
        high = None
    return {"low": low, "best": best, "high": high, "claims": _claims(row)}, contradictions


def _claims(row: GedRow) -> list[dict[str, Any]]:
    """Return UCDP's deaths by side; a side 'Civilians' is counted once, as the civilians."""
    by_side = [
        (row.side_a or "side A", row.deaths_a),
        (row.side_b or "side B", row.deaths_b),
        (_CIVILIANS, row.deaths_civilians),
        ("unknown", row.deaths_unknown),
    ]
    return [
        {"claimant": "UCDP", "of_side": _name(side), "best": deaths}
        for side, deaths in by_side
        if deaths is not None and not (side == _CIVILIANS.title() and deaths == 0)
    ]


def _sources(row: GedRow) -> list[dict[str, Any]]:
    """Return UCDP, graded, then the offices that it read, which nobody here has graded."""
    credibility = {None: 6, 1: 2, 2: 3}[row.event_clarity]
    ucdp = {"name": "UCDP GED", "reliability": "B", "credibility": credibility}
    offices = dict.fromkeys(office.strip() for office in (row.source_office or "").split(";"))
    return [ucdp, *({"name": _name(office)} for office in offices if office)]


def _name(text: str) -> str:
    """Cut a name to the length that the contract allows, and show that it is cut."""
    return text if len(text) <= _NAME_LENGTH else f"{text[: _NAME_LENGTH - 1]}…"
