"""Training rows: history replayed week by week through the fold that the service runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.domain.days import Day
from models.domain.revisions import NEARBY_KM, fingerprint
from models.domain.risk import HISTORY_DAYS, SegmentState, fold, remember
from models.escalation import features
from models.escalation.ged import Sightings
from models.escalation.labels import ASKED, HORIZON_DAYS, DeathsByDay, labels
from schemas.base import RecordRef
from schemas.incident import GeoPrecision, TimePrecision, Traffic
from schemas.observation import AssertObservation, Effect, Observed, Tick
from schemas.taxonomy import SubEventType

WEEK = 7
KNOWN_AFTER = 1
"""GED gives no report time; an event counts as known on the day after it ended [days]."""

_PUBLISHER = fingerprint("urn:ucdp:ged")


Segment = tuple[str, Sightings]
Columns = tuple[NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Forecasts to be made, one row per candidate segment and week, in order of segment and day.

    ``x`` has shape (n_rows, n_features), in the features' units; ``y`` (n_rows, n_labels), NaN
    where the question does not arise; ``day``, ``segment`` and ``first_event`` (the first day
    with a death from the issue day on, within the longest horizon, or -1) shape (n_rows,).
    A segment is a candidate while a fatal event of the past five years is known. ``missed_day``
    and ``missed_y`` are the same for weeks of no candidate that had a fatal event all the same.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    day: NDArray[np.int64]
    segment: NDArray[np.str_]
    first_event: NDArray[np.int64]
    missed_day: NDArray[np.int64]
    missed_y: NDArray[np.float64]

    def of(self, rows: NDArray[np.bool_]) -> "Dataset":
        """Return some of the rows."""
        return replace(
            self,
            x=self.x[rows],
            y=self.y[rows],
            day=self.day[rows],
            segment=self.segment[rows],
            first_event=self.first_event[rows],
        )


def build(
    sightings: Sightings,
    on_segment: Callable[[int, int], None] = lambda _done, _of: None,
    jobs: int = 1,
) -> Dataset:
    """Return the rows of every segment with events of its own, from ``jobs`` processes.

    The first five years have no full history and the last two weeks no full future: neither
    gives a row.
    """
    first = _monday(int(sightings.day.min()) + HISTORY_DAYS)
    last = int(sightings.day.max()) - HORIZON_DAYS + 1
    near = sightings.of(sightings.own | (sightings.km <= NEARBY_KM))
    split = near.by_segment()
    parts = []
    for part in _each(partial(_of_segment, first=first, last=last), split, jobs):
        parts.append(part)
        on_segment(len(parts), len(split))
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Dataset(*columns)


def _each(work: Callable[[Segment], Columns], split: list[Segment], jobs: int) -> Iterator[Columns]:
    """Yield what ``work`` returns for each segment, in order, from ``jobs`` processes."""
    if jobs == 1:
        yield from map(work, split)
        return
    # Started afresh, not forked: a copy of a process with threads may hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, split)


def _of_segment(segment: Segment, first: int, last: int) -> Columns:
    """Return the columns of one segment, in the order of ``Dataset``."""
    segment_id, seen = segment
    own = seen.of(seen.own)
    future = DeathsByDay(own.day.tolist(), own.deaths.tolist())
    tables, rows, missed = [], [], []
    for state, today in _weeks(segment_id, seen, first, last):
        label = labels(future, today)
        if state.risk.tallies.violent:
            event = future.first(today, today + HORIZON_DAYS - 1)
            tables.append(state.risk.tallies.table)
            rows.append((label, today, event))
        elif any(v == 1 for v in label):
            missed.append((today, label))
    return (
        features.matrix(tables, [today for _, today, _ in rows]),
        np.array([r[0] for r in rows], dtype=np.float64).reshape(len(rows), len(ASKED)),
        np.array([r[1] for r in rows], dtype=np.int64),
        np.full(len(rows), segment_id),
        np.array([r[2] for r in rows], dtype=np.int64),
        np.array([m[0] for m in missed], dtype=np.int64),
        np.array([m[1] for m in missed], dtype=np.float64).reshape(len(missed), len(ASKED)),
    )


def _weeks(
    segment_id: str, seen: Sightings, first: int, last: int
) -> Iterator[tuple[SegmentState, int]]:
    """Yield the segment's state at each Monday 00:00 UTC, by what was known then."""
    start = _midnight(min(int(seen.day[0]), first))
    state = SegmentState(segment_id, Traffic.ACTUAL, start, start, applied=-1)
    days: dict[int, Day] = {}
    known = 0
    for today in range(first, last + 1, WEEK):
        told: list[Observed] = []
        while known < len(seen.day) and seen.day[known] + KNOWN_AFTER <= today:
            told.append(_assert(known, segment_id, seen))
            known += 1
        told.append(
            Tick(segment_id=segment_id, traffic=Traffic.ACTUAL, recorded_at=_midnight(today))
        )
        for observed in told:
            folded = fold(state, days, observed, state.applied + 1)
            remember(days, folded)
            state = folded.state
        yield state, today


def _assert(number: int, segment_id: str, seen: Sightings) -> AssertObservation:
    end = _midnight(int(seen.day[number]))
    return AssertObservation(
        segment_id=segment_id,
        traffic=Traffic.ACTUAL,
        recorded_at=end + timedelta(days=KNOWN_AFTER),
        cause=RecordRef(topic="incidents", partition=0, offset=number),
        nearby_km=None if seen.own[number] else round(float(seen.km[number]), 1),
        effect=Effect(
            incident_id=f"UCDP-GED-{seen.event[number]}",
            revision=1,
            start=end,
            end=end,
            when=TimePrecision.DAY,
            sub_event_type=SubEventType.ARMED_CLASH,
            steps=(),
            deaths=int(seen.deaths[number]),
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


def _midnight(day: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC)


def _monday(day: int) -> int:
    """Return the first Monday from ``day`` on."""
    return day + (1 - day) % 7
