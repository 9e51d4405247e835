"""The features by arrays of one entry a day: what the compiled ones are held against."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.domain.risk import HISTORY_DAYS
from models.domain.tallies import Table
from models.escalation.labels import (
    BASE_DAYS,
    ESCALATION_DEATHS,
    ESCALATION_RATIO,
    HORIZON_DAYS,
    QUIET_DAYS,
)
from models.escalation.windows import (
    ACTIVE_WEEKS,
    COUNT_DAYS,
    DEATH_DAYS,
    DEATH_HALF_LIVES,
    ESCALATION_HALF_LIVES,
    HALF_LIVES,
    NEARBY_DAYS,
    NEARBY_HALF_LIVES,
    PRIOR_DAYS,
    PRIOR_GAPS,
    SHARE_WEEKS,
    USUAL_ESCALATION,
    USUAL_ONSET,
)

Days = NDArray[np.float64]
"""What happened by age [days]: shape (HISTORY_DAYS + 1,), today's own at 0."""
Total = NDArray[np.float64]
"""How much happened at a lower age: shape (HISTORY_DAYS + 2,)."""

_AGES = np.arange(HISTORY_DAYS + 1)
_DECAY = {h: 0.5 ** (_AGES / h) for h in {*HALF_LIVES, *DEATH_HALF_LIVES}}

_FORTNIGHTS = np.arange(HORIZON_DAYS, HISTORY_DAYS - BASE_DAYS + 1)
"""Ages at which a fortnight begins that is over, and has what came before it remembered [days]."""
_LULLS = np.arange(HORIZON_DAYS, HISTORY_DAYS - QUIET_DAYS + 1)
_FADING = [0.5 ** ((_FORTNIGHTS - HORIZON_DAYS) / h) for h in ESCALATION_HALF_LIVES]


def values(table: Table, today: int) -> list[float]:
    """Return the features of one segment on ``today``, in the order of ``FEATURES``."""
    days = _by_age(table, today)
    fatal, deaths, nearby, close = days
    totals = np.zeros((4, HISTORY_DAYS + 2))
    np.cumsum(days, axis=1, out=totals[:, 1:])
    return [
        *_incidents(fatal, totals[0]),
        *_deaths(deaths, totals[1]),
        *_escalations(totals[1]),
        *_lulls(fatal, totals[0]),
        *_windows(totals[2], NEARBY_DAYS),
        *(_decayed(around, h) for around in (nearby, close) for h in NEARBY_HALF_LIVES),
        _since(nearby),
        _since(close),
    ]


def _by_age(table: Table, today: int) -> NDArray[np.float64]:
    """Return fatal events, deaths, fatal events nearby and those close by: (4, n_ages)."""
    ages = today - table[:, 0]
    known = (ages >= 0) & (ages <= HISTORY_DAYS)
    found = np.zeros((4, HISTORY_DAYS + 1))
    found[:, ages[known]] = table[known, 2:].T
    return found


def _windows(total: Total, lengths: Sequence[int]) -> list[float]:
    return [float(total[n + 1]) for n in lengths]


def _incidents(fatal: Days, total: Total) -> list[float]:
    """Return counts, decays and how they are spread."""
    weeks = np.diff(total[1 : 7 * max(ACTIVE_WEEKS) + 2 : 7]) > 0
    return [
        *_windows(total, COUNT_DAYS),
        *(_decayed(fatal, h) for h in HALF_LIVES),
        float(np.count_nonzero(fatal)),
        *(float(weeks[:w].sum()) for w in ACTIVE_WEEKS),
    ]


def _deaths(deaths: Days, total: Total) -> list[float]:
    """Return tolls, their decays and their worst."""
    return [
        *_windows(total, DEATH_DAYS),
        *(_decayed(deaths, h) for h in DEATH_HALF_LIVES),
        _decayed(np.log1p(deaths), 180),
        float(deaths[:366].max()),
    ]


def _since(days: Days) -> float:
    """Return how long ago something last happened [days], as far as is remembered."""
    ages = np.flatnonzero(days)
    return float(ages[0]) if len(ages) else float(HISTORY_DAYS)


def _decayed(days: Days, half_life: int) -> float:
    return float((days * _DECAY[half_life]).sum())


def _escalations(total: Total) -> list[float]:
    """Return what an escalation would take now, and how often that, or one, was reached before."""
    # A fortnight that begins at an age ends 13 days younger; none is counted that is not over.
    fortnight = total[_FORTNIGHTS + 1] - total[_FORTNIGHTS - HORIZON_DAYS + 1]
    before = total[_FORTNIGHTS + BASE_DAYS + 1] - total[_FORTNIGHTS + 1]
    usual = ESCALATION_RATIO * HORIZON_DAYS / BASE_DAYS
    escalated = fortnight >= np.maximum(ESCALATION_DEATHS, usual * before)
    threshold = max(float(ESCALATION_DEATHS), usual * float(total[BASE_DAYS + 1]))
    above = fortnight >= threshold
    return [
        threshold,
        *(float(above[: 7 * w - HORIZON_DAYS + 1].mean()) for w in SHARE_WEEKS),
        *(float((escalated * fading).sum()) for fading in _FADING),
        _shrunk(escalated.sum(), len(_FORTNIGHTS), USUAL_ESCALATION),
    ]


def _lulls(fatal: Days, total: Total) -> list[float]:
    """Return how readily violence began after quiet, and how lulls such as this one ended."""
    quiet = total[_LULLS + QUIET_DAYS + 1] == total[_LULLS + 1]
    violent = total[_LULLS + 1] > total[_LULLS - HORIZON_DAYS + 1]
    since = _since(fatal)
    longer = np.diff(np.flatnonzero(fatal))
    longer = longer[longer >= since]
    ended = (longer < since + HORIZON_DAYS).sum()
    # The share of lulls that end falls with their length: a curve through the world's, by eye.
    usual = 0.15 * np.exp(-since / 200) + 0.02
    return [
        since,
        _shrunk((quiet & violent).sum(), quiet.sum(), USUAL_ONSET),
        float((ended + PRIOR_GAPS * usual) / (len(longer) + PRIOR_GAPS)),
        float(len(longer)),
    ]


def _shrunk(times: float, days: float, usual: float) -> float:
    """Return a share, drawn towards the usual one where there is little to go by."""
    return float((times + PRIOR_DAYS * usual) / (days + PRIOR_DAYS))
