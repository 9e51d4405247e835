"""What the compiled features are computed by: weights by age, windows, and what is usual."""

from collections.abc import Sequence

import numpy as np

from models.domain.risk import HISTORY_DAYS
from models.escalation import windows
from models.escalation.day_kernel import (
    Counts,
    Decays,
    Escalations,
    Floats,
    Ints,
    Lulls,
    Plan,
)
from models.escalation.labels import (
    BASE_DAYS,
    ESCALATION_DEATHS,
    ESCALATION_RATIO,
    HORIZON_DAYS,
    QUIET_DAYS,
)
from models.escalation.sums import order

_TOLLS = 4096
"""Up to what toll of a day its logarithm is at hand [persons]."""


def plan() -> Plan:
    """Return the plan of the features of this build."""
    return Plan(_counts(), _decays(), _escalations(), _lulls())


def _counts() -> Counts:
    return Counts(
        fatal=_ints(windows.COUNT_DAYS),
        deaths=_ints(windows.DEATH_DAYS),
        nearby=_ints(windows.NEARBY_DAYS),
        worst=windows.WORST_DAYS,
        weeks=_ints(windows.ACTIVE_WEEKS),
    )


def _decays() -> Decays:
    kinds = (
        windows.HALF_LIVES,
        windows.DEATH_HALF_LIVES,
        windows.MAGNITUDE_HALF_LIVES,
        windows.NEARBY_HALF_LIVES,
        windows.NEARBY_HALF_LIVES,
    )
    slots, steps = order(HISTORY_DAYS + 1)
    return Decays(
        weights=_halving(HISTORY_DAYS + 1, [h for half_lives in kinds for h in half_lives]),
        kinds=_ints([kind for kind, half_lives in enumerate(kinds) for _ in half_lives]),
        slots=slots,
        steps=steps,
        magnitudes=np.log1p(np.arange(_TOLLS, dtype=np.float64)),
    )


def _escalations() -> Escalations:
    # A fortnight counts that is over, and has what came before it remembered.
    fortnights = HISTORY_DAYS - BASE_DAYS - HORIZON_DAYS + 1
    slots, steps = order(fortnights)
    return Escalations(
        horizon=HORIZON_DAYS,
        base=BASE_DAYS,
        deaths=float(ESCALATION_DEATHS),
        ratio=ESCALATION_RATIO * HORIZON_DAYS / BASE_DAYS,
        shares=_ints([7 * weeks - HORIZON_DAYS + 1 for weeks in windows.SHARE_WEEKS]),
        fading=_halving(fortnights, windows.ESCALATION_HALF_LIVES),
        slots=slots,
        steps=steps,
        usual=windows.PRIOR_DAYS * windows.USUAL_ESCALATION,
        prior=windows.PRIOR_DAYS,
    )


def _lulls() -> Lulls:
    # The share of lulls that end falls with their length: a curve through the world's, by eye.
    usual_renewal = 0.15 * np.exp(-np.arange(HISTORY_DAYS + 1) / 200) + 0.02
    return Lulls(
        horizon=HORIZON_DAYS,
        quiet=QUIET_DAYS,
        usual_onset=windows.PRIOR_DAYS * windows.USUAL_ONSET,
        usual_renewal=windows.PRIOR_GAPS * usual_renewal,
        prior_days=windows.PRIOR_DAYS,
        prior_gaps=windows.PRIOR_GAPS,
    )


def _halving(n_ages: int, half_lives: Sequence[int]) -> Floats:
    """Return the weight at each age by each half-life [days]: (n_ages, n_half_lives)."""
    ages = np.arange(n_ages)
    return np.stack([0.5 ** (ages / half_life) for half_life in half_lives], axis=1)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
