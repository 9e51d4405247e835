"""The model's features, computed from the same segment state that the live fold keeps.

Training replays history through the fold and calls this same function, so that there is one code
path and no feature can see what the service would not have known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np

from models.domain.days import CLOSE_KM, day_of
from models.domain.revisions import NEARBY_KM
from models.domain.risk import Risk
from models.domain.tallies import Table
from models.escalation import day_kernel
from models.escalation.compiled import compiled
from models.escalation.day_kernel import Floats, Ints, Plan
from models.escalation.plan import plan
from models.escalation.windows import (
    ACTIVE_WEEKS,
    COUNT_DAYS,
    DEATH_DAYS,
    DEATH_HALF_LIVES,
    ESCALATION_HALF_LIVES,
    HALF_LIVES,
    NEARBY_DAYS,
    NEARBY_HALF_LIVES,
    SHARE_WEEKS,
)


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


_AROUND = (("nearby", "nearby", NEARBY_KM), ("close", "close by", CLOSE_KM))

FEATURES: tuple[Feature, ...] = (
    *(
        Feature("incidents", f"fatal_{d}d", "incidents", f"{{}} fatal incidents in {d} days")
        for d in COUNT_DAYS
    ),
    *(
        Feature(
            "incidents",
            f"ewma_{h}d",
            "incidents",
            f"fatal incidents weighing {{}} (half-life {h} days)",
        )
        for h in HALF_LIVES
    ),
    Feature("incidents", "fatal_days", "days", "{} days with a fatal incident in five years"),
    *(
        Feature(
            "incidents", f"active_weeks_{w}", "weeks", f"{{}} of {w} weeks with a fatal incident"
        )
        for w in ACTIVE_WEEKS
    ),
    *(Feature("deaths", f"deaths_{d}d", "persons", f"{{}} deaths in {d} days") for d in DEATH_DAYS),
    *(
        Feature(
            "deaths", f"deaths_ewma_{h}d", "persons", f"deaths weighing {{}} (half-life {h} days)"
        )
        for h in DEATH_HALF_LIVES
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
        for w in SHARE_WEEKS
    ),
    *(
        Feature(
            "escalations",
            f"escalations_ewma_{h}d",
            "days",
            f"days that began an escalation weighing {{}} (half-life {h} days)",
        )
        for h in ESCALATION_HALF_LIVES
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
        for d in NEARBY_DAYS
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
        for h in NEARBY_HALF_LIVES
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


def scaled(x: Floats) -> Floats:
    """Return ``x`` of shape (n_rows, n_features), in its units, as the model sees it."""
    # Divided first: a value of 0 is then exactly 0 to the model, and a column of zeros constant.
    seen: Floats = np.log((x + _FLOORS) / _UNITS)
    return seen


def values(risk: Risk, clock: datetime) -> list[float]:
    """Return the features of one segment at ``clock``: (n_features,), in order of ``FEATURES``."""
    row: list[float] = matrix([risk.tallies.table], [day_of(clock)])[0].tolist()
    return row


def matrix(tables: Sequence[Table], todays: Sequence[int]) -> Floats:
    """Return the features of segments on days, in their units: (n_rows, n_features).

    A window of n days holds what has happened of today and the n days before. Days after today do
    not count: a report may name an end that has not come. A row is the same to the last bit alone
    and among others.

    Parameters
    ----------
    tables, todays
        Of each row; several rows may be of one segment. Days are proleptic ordinals.
    """
    found = np.empty((len(tables), len(FEATURES)))
    if len(tables):
        ends = np.cumsum([len(one) for one in tables], dtype=np.int64)
        fill, by = kernel()
        fill(np.concatenate(tables), ends, np.array(todays, dtype=np.int64), by, found)
    return found


@cache
def kernel() -> tuple[Callable[[Table, Ints, Ints, Plan, Floats], None], Plan]:
    """Return what fills a matrix, and by what.

    It is compiled at the first call, or read from where it is kept. Whoever will need it calls
    this at the start, so that no report waits for it.
    """
    by, none = plan(), np.empty(0, dtype=np.int64)
    rows = np.empty((0, len(FEATURES)))
    return compiled(day_kernel.fill, none.reshape(0, 6), none, none, by, rows), by
