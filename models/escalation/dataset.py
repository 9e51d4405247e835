"""Training rows: history replayed week by week through the fold that the service runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.domain.days import Day, day_of
from models.domain.revisions import fingerprint
from models.domain.risk import HISTORY_DAYS, SegmentState, fold, remember
from models.domain.segments import Atlas, OnSegment
from models.escalation import features
from models.escalation.labels import HORIZON_DAYS, DeathsByDay, labels
from schemas.base import RecordRef
from schemas.incident import GeoPrecision, TimePrecision, Traffic
from schemas.observation import AssertObservation, Effect, Observed, Tick
from schemas.taxonomy import SubEventType

WEEK = timedelta(days=7)
KNOWN_AFTER = timedelta(days=1)
"""GED gives no report time; an event counts as known on the day after it ended."""

UNCERTAINTY_KM = 25.0
_PUBLISHER = fingerprint("urn:ucdp:ged")
_NEEDED = ("id", "latitude", "longitude", "best")


@dataclass(frozen=True, slots=True)
class FatalEvent:
    """One GED event with deaths, on the segment that it is nearest to."""

    segment_id: str
    event_id: int
    end: datetime
    deaths: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """Feature rows in their units, labels, issue days and segments, one entry per forecast.

    ``x`` has shape (n_rows, n_features), ``y`` (n_rows, n_labels), ``day`` and ``segment``
    (n_rows,).
    """

    x: NDArray[np.float64]
    y: NDArray[np.bool_]
    day: NDArray[np.int64]
    segment: NDArray[np.str_]
    events: int

    def between(self, first: int, last: int) -> "Dataset":
        """Return the rows issued on the days ``first`` to ``last``, both included."""
        rows = (self.day >= first) & (self.day <= last)
        return Dataset(self.x[rows], self.y[rows], self.day[rows], self.segment[rows], self.events)


def read_events(path: Path, atlas: Atlas, held_out: Sequence[str]) -> list[FatalEvent]:
    """Read a GED file, full or reduced columns, and put its events on segments.

    Events far from every border, and those of the borders ``held_out``, are left out.
    """
    table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    table = table.rename(columns={"best_death": "best", "date": "date_end"})
    missing = [c for c in (*_NEEDED, "date_end") if c not in table.columns]
    if missing:
        msg = f"{path}: columns {missing} are missing; expected a UCDP GED file"
        raise ValueError(msg)
    if "where_prec" in table.columns:
        table = table[table["where_prec"] <= 2]
    ends = pd.to_datetime(table["date_end"], utc=True)
    found = []
    columns = (table[c].to_numpy() for c in _NEEDED)
    for event_id, lat, lon, best, end in zip(*columns, ends, strict=True):
        where = atlas.locate(float(lat), float(lon), UNCERTAINTY_KM, ())
        if best < 1 or not isinstance(where, OnSegment):
            continue
        if where.segment_id.startswith(tuple(held_out)):
            continue
        found.append(FatalEvent(where.segment_id, int(event_id), end.to_pydatetime(), int(best)))
    return sorted(found, key=lambda e: (e.segment_id, e.end, e.event_id))


def build(
    events: Sequence[FatalEvent],
    on_segment: Callable[[int], None] = lambda _done: None,
) -> Dataset:
    """Return one row per segment and week in which the segment had a death in five years.

    The first five years have no full history and the last two weeks no full future: neither
    gives a row.
    """
    first = min(e.end for e in events) + timedelta(days=HISTORY_DAYS)
    last = max(e.end for e in events) - timedelta(days=HORIZON_DAYS)
    x, y, day, segment = [], [], [], []
    grouped = groupby(events, key=lambda e: e.segment_id)
    for done, (segment_id, own) in enumerate(grouped, start=1):
        for row, label, issued in _rows(segment_id, list(own), _monday(first), last):
            x.append(row)
            y.append(label)
            day.append(issued)
            segment.append(segment_id)
        on_segment(done)
    return Dataset(np.array(x), np.array(y), np.array(day), np.array(segment), len(events))


def _rows(
    segment_id: str, events: list[FatalEvent], first: datetime, last: datetime
) -> Iterator[tuple[list[float], tuple[bool, bool, bool], int]]:
    future = DeathsByDay([day_of(e.end) for e in events], [e.deaths for e in events])
    start = min(events[0].end, first)
    state = SegmentState(segment_id, Traffic.ACTUAL, start, start, applied=-1)
    days: dict[int, Day] = {}

    def add(observation: Observed) -> SegmentState:
        folded = fold(state, days, observation, state.applied + 1)
        remember(days, folded)
        return folded.state

    pending = iter(enumerate(events))
    upcoming = next(pending, None)
    issued = first
    while issued <= last:
        while upcoming is not None and upcoming[1].end + KNOWN_AFTER <= issued:
            state = add(_assert(*upcoming))
            upcoming = next(pending, None)
        tick = Tick(segment_id=segment_id, traffic=Traffic.ACTUAL, recorded_at=issued)
        state = add(tick)
        if state.risk.tallies:
            today = day_of(issued)
            yield features.values(state.risk, issued), labels(future, today), today
        issued += WEEK


def _assert(number: int, event: FatalEvent) -> AssertObservation:
    return AssertObservation(
        segment_id=event.segment_id,
        traffic=Traffic.ACTUAL,
        recorded_at=event.end + KNOWN_AFTER,
        cause=RecordRef(topic="incidents", partition=0, offset=number),
        effect=Effect(
            incident_id=f"UCDP-GED-{event.event_id}",
            revision=1,
            start=event.end,
            end=event.end,
            when=TimePrecision.DAY,
            sub_event_type=SubEventType.ARMED_CLASH,
            steps=(),
            deaths=event.deaths,
            place_name="GED",
            latitude=None,
            longitude=None,
            where=GeoPrecision.NEAR,
            grade="B2",
            publisher=_PUBLISHER,
            sources=(),
            corroborates=None,
        ),
    )


def _monday(moment: datetime) -> datetime:
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return midnight + timedelta(days=-midnight.weekday() % 7)
