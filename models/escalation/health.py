"""What a model has been given lately, what it made of it, and whether that came true."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.domain.days import day_of
from models.domain.risk import SegmentState, remembered
from models.domain.tallies import Tallies
from models.escalation.drift import (
    Calibration,
    Distribution,
    Drift,
    Reference,
    calibration,
    drift,
)
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import ASKED, LABELS, DeathsByDay, labels
from models.escalation.scorer import Scorer
from schemas.incident import Traffic

WEEK = timedelta(days=7)

JUDGED_AFTER = 7
"""How long after its horizon a forecast is judged [days]: reports of what happened come late."""

SILENT = timedelta(days=62)
"""A segment that is told nothing for so long, not even a monthly tick, is held by somebody else."""

NO_REFERENCE = (
    "its manifest has no reference that drift is measured against; train it again with this build"
)
"""Why a model may have no drift to tell of."""

Row = Callable[[SegmentState, datetime], Sequence[float]]
"""A state and a clock -> its features of shape (n_features,), in their units."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The rows of one segment: features by the ordinal of their Monday, and what came after.

    ``tallies`` is what is now believed to have happened, up to ``clock``.
    """

    rows: tuple[tuple[int, Sequence[float]], ...]
    tallies: Tallies
    clock: datetime


@dataclass(slots=True)
class _Segment:
    state: SegmentState
    rows: deque[tuple[int, Sequence[float]]]
    clock: datetime
    sampled: datetime


class Sample:
    """One row a segment and week, at Monday 00:00 UTC, of the last ``weeks`` weeks of each.

    A busy segment is scored at every report and a quiet one once a month. Rows are therefore not
    taken as they are scored but as training takes them (``dataset.build``): each segment with a
    fatal incident in five years once a week, by what was known then. So no segment counts for more
    than another, and what is compared with the training data is drawn like it. Exercises and tests
    are left out.
    """

    def __init__(self, weeks: int, row: Row) -> None:
        self.added = 0
        self._weeks = weeks
        self._row = row
        self._segments: dict[str, _Segment] = {}

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        """Take in that a record moved a segment's state; telling it again changes nothing."""
        if after.traffic is not Traffic.ACTUAL:
            return
        known = self._segments.get(after.segment_id)
        if known is None:
            begun = before or after
            rows: deque[tuple[int, Sequence[float]]] = deque(maxlen=self._weeks)
            known = _Segment(begun, rows, begun.clock, begun.clock)
            self._segments[after.segment_id] = known
        elif before is not None and before.clock > known.clock:
            # Somebody else held the segment meanwhile: what it was like then is not known here.
            known.state, known.sampled = before, before.clock
        self._until(known, after.clock)
        known.state = after
        known.clock = max(known.clock, after.clock)

    def close(self) -> None:
        """Bring every segment to the latest moment that any of them was told of."""
        latest = max((s.clock for s in self._segments.values()), default=None)
        for segment in self._segments.values():
            if latest is not None:
                self._until(segment, latest)
                segment.clock = latest

    def forecasts(self) -> list[Forecasts]:
        """Return the rows of every segment that is still told of the time."""
        latest = max((s.clock for s in self._segments.values()), default=None)
        return [
            Forecasts(self._lately(s), s.state.risk.tallies, s.clock)
            for s in self._segments.values()
            if latest is not None and s.clock > latest - SILENT
        ]

    def _lately(self, segment: _Segment) -> tuple[tuple[int, Sequence[float]], ...]:
        """Return the rows of the last weeks: one that gives no more rows keeps none for ever."""
        first = day_of(segment.clock - self._weeks * WEEK)
        return tuple((day, values) for day, values in segment.rows if day >= first)

    def _until(self, segment: _Segment, clock: datetime) -> None:
        """Take the rows of the Mondays up to, without, ``clock``: a record of then still counts."""
        since = max(segment.sampled, clock - self._weeks * WEEK)
        for monday in mondays(since, clock):
            risk = remembered(segment.state.risk, monday)
            if risk.tallies.violent:
                state = replace(segment.state, risk=risk)
                segment.rows.append((day_of(monday), self._row(state, monday)))
                self.added += 1
        segment.sampled = max(segment.sampled, clock)


def mondays(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every Monday 00:00 UTC from ``since`` on and before ``until``."""
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight + timedelta(days=-midnight.weekday() % 7)
    if monday < since:
        monday += WEEK
    while monday < until:
        yield monday
        monday += WEEK


@dataclass(frozen=True, slots=True)
class Health:
    """The drift and the calibration of one model over a sample.

    ``features`` and ``scores`` are None where the model's manifest has no reference.
    """

    version: str
    segments: int
    rows: int
    first: date | None
    last: date | None
    features: tuple[Drift, ...] | None
    scores: tuple[Drift, ...] | None
    calibration: tuple[Calibration, ...]


@dataclass(slots=True)
class _Judged:
    p: list[float] = field(default_factory=list)
    happened: list[bool] = field(default_factory=list)


def examine(sample: Sequence[Forecasts], scorer: Scorer, known: Reference | None) -> Health:
    """Return how a model does on a sample, whichever model was serving then."""
    rows = [row for segment in sample for _, row in segment.rows]
    days = [day for segment in sample for day, _ in segment.rows]
    x = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURE_NAMES))
    p = _probabilities(scorer, x)
    return Health(
        version=scorer.version,
        segments=sum(1 for segment in sample if segment.rows),
        rows=len(rows),
        first=date.fromordinal(min(days)) if days else None,
        last=date.fromordinal(max(days)) if days else None,
        features=None if known is None else _drifts(known.features, FEATURE_NAMES, x),
        scores=None if known is None else _drifts(known.scores, LABELS, p),
        calibration=_calibrations(sample, p),
    )


def _probabilities(scorer: Scorer, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    scored = [s.probabilities for s in scorer.score(rows)]
    p = [[getattr(probabilities, label) for label in LABELS] for probabilities in scored]
    # A question that is not asked has no answer: None becomes NaN.
    return np.array(p, dtype=np.float64).reshape(len(rows), len(LABELS))


def _drifts(
    known: dict[str, Distribution], names: Sequence[str], values: NDArray[np.float64]
) -> tuple[Drift, ...]:
    return tuple(drift(n, known[n], values[:, i]) for i, n in enumerate(names) if n in known)


def _calibrations(sample: Sequence[Forecasts], p: NDArray[np.float64]) -> tuple[Calibration, ...]:
    """Hold each forecast whose horizon has passed against what is now believed to have happened.

    Of forecasts whose horizons overlap only one counts: what happens once is not counted twice.
    """
    judged = {label: _Judged() for label in LABELS}
    number = 0
    for segment in sample:
        fatal = [t for t in segment.tallies if t.fatal]
        history = DeathsByDay([t.day for t in fatal], [t.deaths for t in fatal])
        today = day_of(segment.clock)
        for day, _ in segment.rows:
            happened = labels(history, day)
            for i, label in enumerate(LABELS):
                ahead = horizon(label)
                if np.isnan(p[number, i]) or np.isnan(happened[i]):
                    continue
                if day + ahead + JUDGED_AFTER <= today and (day - 1) // 7 % -(-ahead // 7) == 0:
                    judged[label].p.append(p[number, i])
                    judged[label].happened.append(bool(happened[i]))
            number += 1
    return tuple(
        calibration(label, np.array(one.p), np.array(one.happened, dtype=np.bool_))
        for label, one in judged.items()
    )


def horizon(label: str) -> int:
    """Return how far ahead a label looks [days]."""
    return ASKED[LABELS.index(label)].horizon_days
