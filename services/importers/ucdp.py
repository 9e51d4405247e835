"""Reads UCDP GED events, full or reduced columns, as incidents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pycountry
from pydantic import ValidationError

from schemas.base import EARLIEST, LATEST
from schemas.codebooks import UCDP_VIOLENCE, UCDP_WHEN, UCDP_WHERE
from schemas.event import EventKind, IncidentEvent
from schemas.incident import GeoPrecision, TimePrecision
from schemas.taxonomy import TYPE_OF
from services.importers.table import Rejected, rows, text

SOURCE = "urn:ucdp:ged"
NEEDED = ("id", "latitude", "longitude", "type_of_violence", "side_a", "side_b")
KNOWN_AFTER = timedelta(days=1)
"""GED tells no report time; by convention an event becomes known on the day after its end."""

# The reduced files name their columns otherwise, and hold only events that are placed to within
# about 25 km and dated to the day.
_ALIASES = {"best_death": "best", "low_death": "low", "high_death": "high", "date": "date_start"}
_VICTIMS = (
    ("deaths_a", "side_a"),
    ("deaths_b", "side_b"),
    ("deaths_civilians", "civilians"),
    ("deaths_unknown", "unknown"),
)


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    field: str
    value: str
    expected: str


def read(path: Path, released: datetime | None = None) -> Iterator[IncidentEvent | Rejected]:
    """Yield an incident or a named rejection for every row of ``path``, in order.

    Parameters
    ----------
    released
        The day (UTC midnight) on which every event became known, the same for all: a row that
        ends later is rejected. By default each becomes known on the day after its end.

    Raises
    ------
    UnreadableTable
        The file is no Parquet or CSV, or lacks columns of GED.
    """
    first_row: dict[str, int] = {}
    for row in rows(path, NEEDED, _ALIASES):
        try:
            event = _event(row.values, released)
            earlier = first_row.setdefault(event.data.incident_id, row.number)
            if earlier != row.number:
                expected = f"an id of its own; row {earlier} has it already"
                raise _Refused("id", text(row.values["id"]) or "", expected)
        except _Refused as error:
            yield Rejected(row, ((error.field, error.value, error.expected),))
        except ValidationError as error:
            yield Rejected(row, tuple(_named(e) for e in error.errors(include_url=False)))
        else:
            yield event


def incident_id(values: Mapping[str, Any]) -> str | None:
    """Return which incident a row is about, None where its id cannot be read."""
    try:
        return _id(values)
    except _Refused:
        return None


def _id(values: Mapping[str, Any]) -> str:
    return f"UCDP-GED-{_whole(values, 'id')}"


def _event(values: Mapping[str, Any], released: datetime | None) -> IncidentEvent:
    identity = _id(values)
    start, end = _day(values, "date_start"), _day(values, "date_end", "date_start")
    if released is not None and max(start, end) > released:
        expected = f"a day up to {released:%Y-%m-%d}, when the release became known (--released)"
        raise _Refused("date_end", f"{max(start, end):%Y-%m-%d}", expected)
    violence = text(values["type_of_violence"]) or ""
    sub_event = UCDP_VIOLENCE.get(violence.removesuffix(".0"))
    if sub_event is None:
        raise _Refused("type_of_violence", violence, f"one of {', '.join(UCDP_VIOLENCE)}")
    toll, remark = _toll(values)
    occurred: dict[str, Any] = {"start": start, "precision": _when(values)}
    if end > start:
        occurred["end"] = end
    return IncidentEvent.model_validate(
        {
            "specversion": "1.0",
            "id": f"{identity}:1",
            "source": SOURCE,
            "type": EventKind.INCIDENT,
            "time": released or max(start, end) + KNOWN_AFTER,
            "subject": identity,
            "data": {
                "incident_id": identity,
                "revision": 1,
                "status": "reported"
                if text(values.get("code_status")) == "Unclear"
                else "confirmed",
                "occurred": occurred,
                "place": _place(values),
                "event_type": TYPE_OF[sub_event],
                "sub_event_type": sub_event,
                "summary": _summary(values) + remark,
                "actors": [{"name": text(values[s]) or "unknown"} for s in ("side_a", "side_b")],
                "fatalities": toll,
                "sources": _sources(values),
                "native": {
                    "scheme": "UCDP-GED",
                    "id": str(_whole(values, "id")),
                    "code": text(values.get("relid")),
                },
            },
        }
    )


def _place(values: Mapping[str, Any]) -> dict[str, Any]:
    names = ("where_coordinates", "where_description", "adm_2", "adm_1", "country")
    name = next((n for c in names if (n := text(values.get(c)))), "unnamed place")
    precision = GeoPrecision.NEAR
    if "where_prec" in values:
        precision = _coded(values, "where_prec", UCDP_WHERE)
    return {
        "name": name[:300],
        "latitude": values["latitude"],
        "longitude": values["longitude"],
        "precision": precision,
        "countries": _countries(values),
    }


def _countries(values: Mapping[str, Any]) -> list[str]:
    """Return the country's ISO code, from its own column or from the name; none when unsure."""
    if iso := text(values.get("iso3")):
        return [iso]
    # GED appends former names: "Myanmar (Burma)".
    name = (text(values.get("country")) or "").split(" (")[0]
    found = pycountry.countries.get(name=name) or pycountry.countries.get(common_name=name)
    return [found.alpha_3] if found else []


def _toll(values: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the deaths, without a bound that contradicts the best estimate, and what was left."""
    low, best, high = (_optional(values, c) for c in ("low", "best", "high"))
    left_out = []
    if best is not None and low is not None and low > best:
        left_out.append(f"low {low}")
        low = None
    if best is not None and high is not None and high < best:
        left_out.append(f"high {high}")
        high = None
    claims = [
        {
            "claimant": "UCDP",
            "of_side": (text(values.get(whose)) or whose)[:300],
            "best": _optional(values, column),
        }
        for column, whose in _VICTIMS
        if column in values
    ]
    remark = f" UCDP's bound left out, against its best {best}: {', '.join(left_out)}."
    return {"low": low, "best": best, "high": high, "claims": claims}, remark if left_out else ""


def _summary(values: Mapping[str, Any]) -> str:
    conflict = text(values.get("dyad_name")) or text(values.get("conflict_name")) or "violence"
    where = text(values.get("where_coordinates")) or text(values.get("country")) or "unnamed place"
    return f"{conflict}, at {where}."[:3800]


def _sources(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Grade UCDP's coding: usually reliable; confirmed where it found several sources.

    event_clarity 2 means that the reports leave details open.
    """
    if "event_clarity" not in values:
        return [{"name": "UCDP GED", "reliability": "B", "credibility": 2}]
    clear = _optional(values, "event_clarity") == 1
    several = (_optional(values, "number_of_sources") or 0) > 1
    credibility = 1 if clear and several else 2 if clear else 3
    offices = text(values.get("source_office"))
    name = f"UCDP GED, from {offices}" if offices else "UCDP GED"
    return [{"name": name[:300], "reliability": "B", "credibility": credibility}]


def _when(values: Mapping[str, Any]) -> TimePrecision:
    return _coded(values, "date_prec", UCDP_WHEN) if "date_prec" in values else TimePrecision.DAY


def _coded(values: Mapping[str, Any], column: str, table: Mapping[int, Any]) -> Any:
    code = _whole(values, column)
    if code not in table:
        raise _Refused(column, str(code), f"one of {', '.join(map(str, table))}")
    return table[code]


def _day(values: Mapping[str, Any], *columns: str) -> datetime:
    found = next((values[c] for c in columns if values.get(c) is not None), None)
    try:
        day = datetime.fromisoformat(str(found)).replace(tzinfo=UTC)
    except ValueError:
        raise _Refused(columns[0], repr(found), "a date such as 2017-12-31") from None
    if not EARLIEST <= day <= LATEST - KNOWN_AFTER:
        raise _Refused(columns[0], repr(found), "a day in the years 2 to 9998")
    return day


def _whole(values: Mapping[str, Any], column: str) -> int:
    found = _optional(values, column)
    if found is None:
        raise _Refused(column, "nothing", "a whole number")
    return found


def _optional(values: Mapping[str, Any], column: str) -> int | None:
    said = text(values.get(column))
    if said is None:
        return None
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not number.is_integer():
        raise _Refused(column, said, "a whole number")
    return int(number)


def _named(error: Any) -> tuple[str, str, str]:
    field = ".".join(str(part) for part in error["loc"] if part not in ("data", "confirmed"))
    return field, repr(error["input"])[:200], error["msg"]
