"""The model's features, computed from the same segment state that the live fold keeps.

Training replays history through the fold and calls this same function, so that there is one code
path and no feature can see what the service would not have known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from models.domain.days import CLOSE_KM, day_of
from models.domain.revisions import NEARBY_KM
from models.domain.risk import HISTORY_DAYS, Risk
from models.domain.tallies import Tallies
from models.escalation.labels import (
    BASE_DAYS,
    ESCALATION_DEATHS,
    ESCALATION_RATIO,
    HORIZON_DAYS,
    QUIET_DAYS,
)

Days = NDArray[np.float64]
"""What happened by age [days]: shape (HISTORY_DAYS + 1,), today's own at 0."""
Total = NDArray[np.float64]
"""How much happened at a lower age: shape (HISTORY_DAYS + 2,)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature matrix; ``words`` takes the value in ``unit``.

    The model sees log(1 + value / ``floor``), or log(value) where the floor is 0: it is what a
    rate, a share or a hazard is linear in. Features of one ``group`` say much the same, and are
    explained together.
    """

    group: str
    name: str
    unit: str
    words: str
    floor: float = 1.0
    source: str = "fatal events on the segment, by day"


_COUNT_DAYS = (1, 3, 7, 14, 30, 90, 180, 365, HISTORY_DAYS)
_DEATH_DAYS = (7, 30, 90, 365, HISTORY_DAYS)
_NEARBY_DAYS = (7, 14, 30, 90, 365, HISTORY_DAYS)
_HALF_LIVES = (7, 30, 90, 180, 365)
_DEATH_HALF_LIVES = (30, 180)
_NEARBY_HALF_LIVES = (30, 180)
_SHARE_WEEKS = (8, 26, 52, 104, 157)
_ESCALATION_HALF_LIVES = (90, 365)
_ACTIVE_WEEKS = (13, 52)
_AROUND = (("nearby", "nearby", NEARBY_KM), ("close", "close by", CLOSE_KM))

_AGES = np.arange(HISTORY_DAYS + 1)
_DECAY = {h: 0.5 ** (_AGES / h) for h in {*_HALF_LIVES, *_DEATH_HALF_LIVES}}

_FORTNIGHTS = np.arange(HORIZON_DAYS, HISTORY_DAYS - BASE_DAYS + 1)
"""Ages at which a fortnight begins that is over, and has what came before it remembered [days]."""
_LULLS = np.arange(HORIZON_DAYS, HISTORY_DAYS - QUIET_DAYS + 1)
_FADING = [0.5 ** ((_FORTNIGHTS - HORIZON_DAYS) / h) for h in _ESCALATION_HALF_LIVES]

_USUAL_ONSET = 0.018
"""Share of the quiet days of the world's candidates that begin a fortnight with a death: GED."""
_USUAL_ESCALATION = 0.016
"""Share of the days of the world's candidates that begin an escalation: GED 1989-2017."""
_PRIOR_DAYS = 100.0
"""Weight of the usual share against a segment's own days [days]."""
_PRIOR_GAPS = 2.0
"""Weight of the usual share against a segment's own gaps [gaps]."""

FEATURES: tuple[Feature, ...] = (
    *(
        Feature("incidents", f"fatal_{d}d", "incidents", f"{{}} fatal incidents in {d} days")
        for d in _COUNT_DAYS
    ),
    *(
        Feature(
            "incidents",
            f"ewma_{h}d",
            "incidents",
            f"fatal incidents weighing {{}} (half-life {h} days)",
        )
        for h in _HALF_LIVES
    ),
    Feature("incidents", "fatal_days", "days", "{} days with a fatal incident in five years"),
    *(
        Feature(
            "incidents", f"active_weeks_{w}", "weeks", f"{{}} of {w} weeks with a fatal incident"
        )
        for w in _ACTIVE_WEEKS
    ),
    *(
        Feature("deaths", f"deaths_{d}d", "persons", f"{{}} deaths in {d} days")
        for d in _DEATH_DAYS
    ),
    *(
        Feature(
            "deaths", f"deaths_ewma_{h}d", "persons", f"deaths weighing {{}} (half-life {h} days)"
        )
        for h in _DEATH_HALF_LIVES
    ),
    Feature(
        "deaths",
        "magnitude_ewma_180d",
        "log persons",
        "days' tolls on a logarithmic scale weighing {} (half-life 180 days)",
    ),
    Feature("deaths", "worst_day_365d", "persons", "{} deaths on the worst day of a year"),
    Feature(
        "escalations",
        "threshold",
        "persons",
        "{} deaths in a fortnight needed to count as an escalation",
        0.0,
    ),
    *(
        Feature(
            "escalations",
            f"share_above_{w}w",
            "share",
            f"a share of {{}} of the fortnights of {w} weeks as deadly as an escalation now",
            0.02,
        )
        for w in _SHARE_WEEKS
    ),
    *(
        Feature(
            "escalations",
            f"escalations_ewma_{h}d",
            "days",
            f"days that began an escalation weighing {{}} (half-life {h} days)",
        )
        for h in _ESCALATION_HALF_LIVES
    ),
    Feature(
        "escalations",
        "escalation_share",
        "share",
        "a share of {} of days that began an escalation",
        0.0,
    ),
    Feature("lulls", "days_since_fatal", "days", "{} days since the last fatal incident"),
    Feature(
        "lulls", "onset_share", "share", "a share of {} of quiet days that began violence", 0.0
    ),
    Feature(
        "lulls", "renewal_share", "share", "a share of {} of such lulls that ended in 14 days", 0.0
    ),
    Feature("lulls", "longer_gaps", "gaps", "{} past lulls as long as this one"),
    *(
        Feature(
            "nearby",
            f"nearby_{d}d",
            "incidents",
            f"{{}} fatal incidents on segments nearby in {d} days",
            source=f"fatal events on other segments within {NEARBY_KM:.0f} km, by day",
        )
        for d in _NEARBY_DAYS
    ),
    *(
        Feature(
            "nearby",
            f"{what}_ewma_{h}d",
            "incidents",
            f"fatal incidents on segments {words} weighing {{}} (half-life {h} days)",
            source=f"fatal events on other segments within {km:.0f} km, by day",
        )
        for what, words, km in _AROUND
        for h in _NEARBY_HALF_LIVES
    ),
    *(
        Feature(
            "nearby",
            f"days_since_{what}",
            "days",
            f"{{}} days since the last fatal incident on a segment {words}",
            source=f"fatal events on other segments within {km:.0f} km, by day",
        )
        for what, words, km in _AROUND
    ),
)
FEATURE_NAMES: tuple[str, ...] = tuple(f.name for f in FEATURES)
_FLOORS = np.array([f.floor for f in FEATURES])
_UNITS = np.where(_FLOORS > 0, _FLOORS, 1.0)


def scaled(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``x`` of shape (n_rows, n_features), in its units, as the model sees it."""
    # Divided first: a value of 0 is then exactly 0 to the model, and a column of zeros constant.
    seen: NDArray[np.float64] = np.log((x + _FLOORS) / _UNITS)
    return seen


def values(risk: Risk, clock: datetime) -> list[float]:
    """Return the features of one segment at ``clock``, in their units.

    A window of n days holds what has happened of today and the n days before. Days after the
    clock's day do not count: a report may name an end that has not come.

    Returns
    -------
    list of shape (n_features,), in the order of ``FEATURES``.
    """
    days = _by_age(risk.tallies, day_of(clock))
    fatal, deaths, nearby, close = days
    totals = np.zeros((4, HISTORY_DAYS + 2))
    np.cumsum(days, axis=1, out=totals[:, 1:])
    return [
        *_incidents(fatal, totals[0]),
        *_deaths(deaths, totals[1]),
        *_escalations(totals[1]),
        *_lulls(fatal, totals[0]),
        *_windows(totals[2], _NEARBY_DAYS),
        *(_decayed(around, h) for around in (nearby, close) for h in _NEARBY_HALF_LIVES),
        _since(nearby),
        _since(close),
    ]


def _by_age(tallies: Tallies, today: int) -> NDArray[np.float64]:
    """Return fatal events, deaths, fatal events nearby and those close by: (4, n_ages)."""
    ages = today - tallies.table[:, 0]
    known = (ages >= 0) & (ages <= HISTORY_DAYS)
    found = np.zeros((4, HISTORY_DAYS + 1))
    found[:, ages[known]] = tallies.table[known, 2:].T
    return found


def _windows(total: Total, lengths: Sequence[int]) -> list[float]:
    return [float(total[n + 1]) for n in lengths]


def _incidents(fatal: Days, total: Total) -> list[float]:
    """Return counts, decays and how they are spread."""
    weeks = np.diff(total[1 : 7 * max(_ACTIVE_WEEKS) + 2 : 7]) > 0
    return [
        *_windows(total, _COUNT_DAYS),
        *(_decayed(fatal, h) for h in _HALF_LIVES),
        float(np.count_nonzero(fatal)),
        *(float(weeks[:w].sum()) for w in _ACTIVE_WEEKS),
    ]


def _deaths(deaths: Days, total: Total) -> list[float]:
    """Return tolls, their decays and their worst."""
    return [
        *_windows(total, _DEATH_DAYS),
        *(_decayed(deaths, h) for h in _DEATH_HALF_LIVES),
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
        *(float(above[: 7 * w - HORIZON_DAYS + 1].mean()) for w in _SHARE_WEEKS),
        *(float((escalated * fading).sum()) for fading in _FADING),
        _shrunk(escalated.sum(), len(_FORTNIGHTS), _USUAL_ESCALATION),
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
        _shrunk((quiet & violent).sum(), quiet.sum(), _USUAL_ONSET),
        float((ended + _PRIOR_GAPS * usual) / (len(longer) + _PRIOR_GAPS)),
        float(len(longer)),
    ]


def _shrunk(times: float, days: float, usual: float) -> float:
    """Return a share, drawn towards the usual one where there is little to go by."""
    return float((times + _PRIOR_DAYS * usual) / (days + _PRIOR_DAYS))
