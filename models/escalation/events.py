"""The events that forecasts are about, whether an alarm caught them, and how early."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.escalation.bootstrap import Blocks, ratio
from models.escalation.forecasts import Forecasts

QUIET_DAYS = 180
"""[days] without an event on the segment after which the next one is an onset."""


@dataclass(frozen=True, slots=True)
class Events:
    """Distinct first events on a segment: one entry per event unless said otherwise.

    ``of_row`` has shape (n_rows,): the event that makes the row true, -1 where it is false.
    """

    of_row: NDArray[np.intp]
    onset: NDArray[np.bool_]
    blocks: Blocks

    def issues(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return how many of ``rows`` (n_rows,) are about each event: (n_events,)."""
        return np.bincount(self.of_row[rows & (self.of_row >= 0)], minlength=len(self))

    def __len__(self) -> int:
        return len(self.onset)


def events(forecasts: Forecasts, blocks: Blocks) -> Events:
    """Return the events of ``forecasts``; several weekly issues may be about one event.

    An onset follows ``QUIET_DAYS`` without an event on its segment. In the first days of the
    forecasts nobody can tell, so that an event there is none.
    """
    rows = np.flatnonzero(forecasts.truth)
    of_row = np.full(len(forecasts.truth), -1, dtype=np.intp)
    if not len(rows):
        return Events(of_row, np.zeros(0, dtype=np.bool_), blocks.of(rows))
    _, segment = np.unique(forecasts.segment[rows], return_inverse=True)
    key = np.stack([segment, forecasts.first_event[rows]], axis=1)
    found, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    of_row[rows] = number
    same = np.r_[False, found[1:, 0] == found[:-1, 0]]
    before = np.where(same, np.r_[0, found[:-1, 1]], forecasts.day.min())
    onset = found[:, 1] - before > QUIET_DAYS
    return Events(of_row, onset, blocks.of(rows[first]))


def leads(events: Events, forecasts: Forecasts, alarm: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how long before each event its first alarm stood [days], -1 without: (n_events,).

    An alarm, ``alarm`` (n_rows,), counts for the event that its own horizon begins with.
    """
    rows = np.flatnonzero(alarm & (events.of_row >= 0))
    earliest = np.full(len(events), -1, dtype=np.int64)
    ahead = forecasts.first_event[rows] - forecasts.day[rows]
    np.maximum.at(earliest, events.of_row[rows], ahead)
    return earliest


def blind(alarmed: NDArray[np.float64], by_issues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of events that alarms raised at random would catch: (n_columns,).

    Parameters
    ----------
    alarmed
        Share of segment-weeks alarmed, (n_columns,).
    by_issues
        Events that 0, 1, 2, ... forecasts are about, (n_counts, n_columns). One that k are about
        is caught with chance 1 - (1 - alarmed)^k: more often than a single week.
    """
    k = np.arange(len(by_issues))[:, np.newaxis]
    caught = (by_issues * (1 - (1 - alarmed) ** k)).sum(axis=0)
    every = by_issues.sum(axis=0)
    return ratio(caught, every)


def medians(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median row of each column of counts (n_days, n_columns); NaN for no counts.

    Of two middle values, the lower: a day, never half of one.
    """
    below = table.cumsum(axis=0)
    half = below[-1] / 2
    middle = (below >= half).argmax(axis=0).astype(np.float64)
    return np.where(below[-1] > 0, middle, np.nan)


def molchan(
    said: NDArray[np.float64], events: Events, points: int = 200
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of segment-weeks alarmed and of events missed, threshold by threshold.

    A curve of Molchan (1991, Tectonophysics 193, 267-276), each of shape (n_thresholds,), from
    no alarm at all to all alarms. Alarms raised at random miss 1 - ``blind``.
    """
    best = np.full(len(events), -1.0)
    rows = np.flatnonzero(events.of_row >= 0)
    np.maximum.at(best, events.of_row[rows], said[rows])
    order = np.sort(said)
    # Close together where few are alarmed, where the service works.
    shares = np.r_[0.0, np.geomspace(1 / len(said), 1.0, points)]
    at = order[np.minimum(np.ceil((1 - shares) * len(said)).astype(int), len(said) - 1)]
    at[0] = np.inf
    alarmed = 1 - np.searchsorted(order, at, side="left") / len(said)
    missed = np.searchsorted(np.sort(best), at, side="left") / max(len(events), 1)
    return alarmed, missed
