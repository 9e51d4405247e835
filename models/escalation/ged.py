"""Fatal events of GED files by the segments that they count on, or are in sight of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.domain.revisions import UNCERTAINTY_KM
from models.domain.segments import Atlas, OnSegment
from schemas.incident import GeoPrecision

_NEEDED = ("id", "latitude", "longitude", "best", "date_end")
_OTHER_NAMES = {"best_death": "best", "date": "date_end"}
_LOCATED = 2
"""The coarsest ``where_prec`` that is used: within about 25 km (GED Codebook)."""

AROUND_KM = 110.0
"""How far from a segment events are kept [km]: what the widest baseline looks at."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """One entry per event and segment within sight of it, by segment and day.

    Arrays of shape (n,): ``segment`` ids, ``event`` ids, ``day`` (proleptic ordinal on which the
    event ended), ``deaths`` [persons], ``km`` from the segment's line, and whether the event is
    the segment's ``own``. Events without deaths, and those on no segment, are left out.
    """

    segment: NDArray[np.str_]
    event: NDArray[np.int64]
    day: NDArray[np.int64]
    deaths: NDArray[np.int64]
    km: NDArray[np.float64]
    own: NDArray[np.bool_]

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Sightings":
        """Return some of the sightings."""
        return Sightings(
            self.segment[rows],
            self.event[rows],
            self.day[rows],
            self.deaths[rows],
            self.km[rows],
            self.own[rows],
        )

    def by_segment(self) -> list[tuple[str, "Sightings"]]:
        """Return those of each segment with events of its own, by segment."""
        ids, starts = np.unique(self.segment, return_index=True)
        ends = [*starts[1:], len(self.segment)]
        split = ((str(s), self.of(slice(a, b))) for s, a, b in zip(ids, starts, ends, strict=True))
        return [(s, found) for s, found in split if found.own.any()]


class NotGed(ValueError):
    """A file is no UCDP GED file."""


def read(
    paths: Sequence[Path],
    atlas: Atlas,
    held_out: Sequence[str] = (),
    on_event: Callable[[int, int], None] = lambda _done, _of: None,
) -> Sightings:
    """Read GED files, full or reduced columns, CSV or Parquet, and put their events on segments.

    Parameters
    ----------
    paths
        Files whose rows add up; of rows with one id, the last counts.
    held_out
        Borders whose events are left out, wherever they are in sight.
    on_event
        Called with (places done, places in all).

    Raises
    ------
    NotGed
        With the columns that are missing.
    """
    table = pd.concat([_table(path) for path in paths]).drop_duplicates("id", keep="last")
    table = table[table["best"] >= 1]
    places = table.groupby(["latitude", "longitude"], sort=True).ngroup().to_numpy()
    where = table.assign(place=places).drop_duplicates("place").sort_values("place")
    seen: list[list[tuple[str, float, bool]]] = []
    for lat, lon in zip(where["latitude"], where["longitude"], strict=True):
        seen.append(_seen_from(atlas, float(lat), float(lon), tuple(held_out)))
        on_event(len(seen), len(where))
    days = pd.to_datetime(table["date_end"], utc=True).dt.date.map(date.toordinal).to_numpy()
    facts = zip(places, table["id"].to_numpy(), days, table["best"].to_numpy(), strict=True)
    rows = [
        (segment, int(event), int(day), int(deaths), km, own)
        for place, event, day, deaths in facts
        for segment, km, own in seen[place]
    ]
    if not rows:
        raise NotGed(f"{', '.join(map(str, paths))}: no fatal event lies on a border")
    segment, event, day, deaths, km, own = (np.array(c) for c in zip(*rows, strict=True))
    order: NDArray[np.intp] = np.lexsort((event, day, segment))
    return Sightings(segment, event, day, deaths, km, own).of(order)


def _table(path: Path) -> pd.DataFrame:
    parquet = path.suffix == ".parquet"
    try:
        table = pd.read_parquet(path) if parquet else pd.read_csv(path, low_memory=False)
    except ValueError as error:
        kind = "Parquet" if parquet else "CSV"
        msg = f"{path}: cannot be read as {kind}: {str(error).strip()}; expected a UCDP GED file"
        raise NotGed(msg) from error
    names = {old: new for old, new in _OTHER_NAMES.items() if new not in table.columns}
    table = table.rename(columns=names)
    missing = [c for c in _NEEDED if c not in table.columns]
    if missing:
        msg = f"{path}: columns {missing} are missing; expected a UCDP GED file"
        raise NotGed(msg)
    if "where_prec" in table.columns:
        table = table[table["where_prec"] <= _LOCATED]
    return table[list(_NEEDED)]


def _seen_from(
    atlas: Atlas, latitude: float, longitude: float, held_out: tuple[str, ...]
) -> list[tuple[str, float, bool]]:
    """Return (segment, distance [km], whether it is the event's own) of each in sight."""
    where = atlas.locate(latitude, longitude, UNCERTAINTY_KM[GeoPrecision.NEAR], ())
    if not isinstance(where, OnSegment) or where.segment_id.startswith(held_out):
        return []
    around = atlas.within(latitude, longitude, AROUND_KM)
    return [(s, km, s == where.segment_id) for s, km in sorted(around.items())]
