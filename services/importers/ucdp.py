"""Reads UCDP GED events, full or reduced columns, as incidents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.codebooks import UCDP_VIOLENCE, UCDP_WHEN, UCDP_WHERE
from schemas.incident import GeoPrecision, TimePrecision
from schemas.taxonomy import TYPE_OF
from services.importers import reading
from services.importers.cells import (
    KNOWN_AFTER,
    Refused,
    Values,
    coded,
    country_named,
    iso_day,
    optional,
    text,
    whole,
)
from services.importers.dataset import Told
from services.importers.inputs import Input
from services.importers.reading import Read
from services.importers.table import Columns
from services.importers.wanted import Wanted

SOURCE = "urn:ucdp:ged"
NEEDED = ("id", "latitude", "longitude", "type_of_violence", "side_a", "side_b")

# The reduced files name their columns otherwise, and hold only events that are placed to within
# about 25 km and dated to the day.
_ALIASES = {"best_death": "best", "low_death": "low", "high_death": "high", "date": "date_start"}
COLUMNS = Columns(NEEDED, _ALIASES)
_VICTIMS = (
    ("deaths_a", "side_a"),
    ("deaths_b", "side_b"),
    ("deaths_civilians", "civilians"),
    ("deaths_unknown", "unknown"),
)


@dataclass(frozen=True, slots=True)
class Ged:
    """UCDP GED as a dataset.

    Parameters
    ----------
    released
        The day (UTC midnight) on which every event became known, the same for all: a row that
        ends later is rejected. By default each becomes known on the day after its end.
    """

    released: datetime | None = None
    called: str = "UCDP GED"
    source: str = SOURCE
    columns: Columns = COLUMNS
    repeats: bool = False

    def told(self, values: Values) -> Told:
        """Return what a row says, as revision 1."""
        identity = _id(values)
        start, end = iso_day(values, "date_start"), iso_day(values, "date_end", "date_start")
        if self.released is not None and max(start, end) > self.released:
            expected = (
                f"a day up to {self.released:%Y-%m-%d}, when the release became known (--released)"
            )
            raise Refused("date_end", f"{max(start, end):%Y-%m-%d}", expected)
        known = self.released or max(start, end) + KNOWN_AFTER
        return Told(_report(identity, values, start, end), known)


def read(
    source: Path | Input, released: datetime | None = None, wanted: Wanted | None = None
) -> Iterator[Read]:
    """Yield an incident or a named rejection for every row of ``source``, in order.

    Raises
    ------
    UnreadableTable
        The file is no table, or lacks columns of GED.
    """
    given = source if isinstance(source, Input) else Input(source)
    return reading.read(given, Ged(released), wanted)


def incident_id(values: Values) -> str | None:
    """Return which incident a row is about, None where its id cannot be read."""
    try:
        return _id(values)
    except Refused:
        return None


def _id(values: Values) -> str:
    return f"UCDP-GED-{whole(values, 'id')}"


def _report(identity: str, values: Values, start: datetime, end: datetime) -> dict[str, Any]:
    violence = text(values["type_of_violence"]) or ""
    sub_event = UCDP_VIOLENCE.get(violence.removesuffix(".0"))
    if sub_event is None:
        raise Refused("type_of_violence", violence[:200], f"one of {', '.join(UCDP_VIOLENCE)}")
    toll, remark = _toll(values)
    occurred: dict[str, Any] = {"start": start, "precision": _when(values)}
    if end > start:
        occurred["end"] = end
    return {
        "incident_id": identity,
        "revision": 1,
        "status": "reported" if text(values.get("code_status")) == "Unclear" else "confirmed",
        "occurred": occurred,
        "place": _place(values),
        "event_type": TYPE_OF[sub_event],
        "sub_event_type": sub_event,
        "summary": _summary(values) + remark,
        "actors": [{"name": (text(values[s]) or "unknown")[:300]} for s in ("side_a", "side_b")],
        "fatalities": toll,
        "sources": _sources(values),
        "native": {
            "scheme": "UCDP-GED",
            "id": str(whole(values, "id")),
            "code": text(values.get("relid")),
        },
    }


def _place(values: Values) -> dict[str, Any]:
    names = ("where_coordinates", "where_description", "adm_2", "adm_1", "country")
    name = next((n for c in names if (n := text(values.get(c)))), "unnamed place")
    precision = GeoPrecision.NEAR
    if "where_prec" in values:
        precision = coded(values, "where_prec", UCDP_WHERE)
    return {
        "name": name[:300],
        "latitude": values["latitude"],
        "longitude": values["longitude"],
        "precision": precision,
        "countries": _countries(values),
    }


def _countries(values: Values) -> list[str]:
    """Return the country's ISO code, from its own column or from the name; none when unsure."""
    if iso := text(values.get("iso3")):
        return [iso]
    # GED appends former names: "Myanmar (Burma)".
    name = (text(values.get("country")) or "").split(" (")[0]
    return country_named(name)


def _toll(values: Values) -> tuple[dict[str, Any], str]:
    """Return the deaths, without a bound that contradicts the best estimate, and what was left."""
    low, best, high = (optional(values, c) for c in ("low", "best", "high"))
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
            "best": optional(values, column),
        }
        for column, whose in _VICTIMS
        if column in values
    ]
    remark = f" UCDP's bound left out, against its best {best}: {', '.join(left_out)}."
    return {"low": low, "best": best, "high": high, "claims": claims}, remark if left_out else ""


def _summary(values: Values) -> str:
    conflict = text(values.get("dyad_name")) or text(values.get("conflict_name")) or "violence"
    where = text(values.get("where_coordinates")) or text(values.get("country")) or "unnamed place"
    return f"{conflict}, at {where}."[:3800]


def _sources(values: Values) -> list[dict[str, Any]]:
    """Grade UCDP's coding: usually reliable; confirmed where it found several sources.

    event_clarity 2 means that the reports leave details open.
    """
    if "event_clarity" not in values:
        return [{"name": "UCDP GED", "reliability": "B", "credibility": 2}]
    clear = optional(values, "event_clarity") == 1
    several = (optional(values, "number_of_sources") or 0) > 1
    credibility = 1 if clear and several else 2 if clear else 3
    offices = text(values.get("source_office"))
    name = f"UCDP GED, from {offices}" if offices else "UCDP GED"
    return [{"name": name[:300], "reliability": "B", "credibility": credibility}]


def _when(values: Values) -> TimePrecision:
    return coded(values, "date_prec", UCDP_WHEN) if "date_prec" in values else TimePrecision.DAY
