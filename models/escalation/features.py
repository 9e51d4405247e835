"""The model's features, computed from the same segment state that the live fold keeps.

Training replays history through the fold and calls this same function, so that there is one code
path and no feature can see what the service would not have known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.domain.days import Tally, day_of
from models.domain.risk import HISTORY_DAYS, Risk


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature matrix; ``words`` takes the value in ``unit``."""

    name: str
    unit: str
    words: str


_COUNT_DAYS = (7, 14, 30, 90, 365, HISTORY_DAYS)
_DEATH_DAYS = (7, 30, 90, 365)
_HALF_LIVES = (7, 30, 180)
# Weight of a day by its age [days], for each half-life: ages run from 0 to HISTORY_DAYS.
_DECAY = {h: tuple(0.5 ** (age / h) for age in range(HISTORY_DAYS + 1)) for h in _HALF_LIVES}

FEATURES: tuple[Feature, ...] = (
    *(
        Feature(f"fatal_{d}d", "incidents", f"{{}} fatal incidents in {d} days")
        for d in _COUNT_DAYS
    ),
    *(Feature(f"deaths_{d}d", "persons", f"{{}} deaths in {d} days") for d in _DEATH_DAYS),
    Feature("days_since_fatal", "days", "{} days since the last fatal incident"),
    *(
        Feature(f"ewma_{h}d", "incidents", f"fatal incidents weighing {{}} (half-life {h} days)")
        for h in _HALF_LIVES
    ),
)
FEATURE_NAMES: tuple[str, ...] = tuple(f.name for f in FEATURES)


def values(risk: Risk, clock: datetime) -> list[float]:
    """Return the features of one segment at ``clock``, in their units.

    Days after the clock's day do not count: a report may name an end that has not come.

    Returns
    -------
    list of shape (n_features,), in the order of ``FEATURES``.
    """
    today = day_of(clock)
    known = [t for t in risk.tallies if t.day <= today and t.fatal]
    counts = [_within(known, today, d, "fatal") for d in _COUNT_DAYS]
    deaths = [_within(known, today, d, "deaths") for d in _DEATH_DAYS]
    since = min(today - known[-1].day, HISTORY_DAYS) if known else HISTORY_DAYS
    decayed = [sum(t.fatal * _DECAY[h][today - t.day] for t in known) for h in _HALF_LIVES]
    return [*counts, *deaths, float(since), *decayed]


def _within(known: Sequence[Tally], today: int, days: int, what: str) -> float:
    """Sum ``what`` over the last ``days`` days, today included."""
    total = 0
    for tally in reversed(known):
        if tally.day <= today - days:
            break
        total += getattr(tally, what)
    return float(total)
