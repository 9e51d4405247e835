"""What the compiled features are computed by: weights by age, windows, and what is usual."""

from collections.abc import Sequence

import numpy as np

from models.domain.risk import HISTORY_DAYS
from models.escalation import windows
from models.escalation.day_kernel import Floats, Ints, Plan
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
    ages = np.arange(HISTORY_DAYS + 1)
    # A fortnight counts that is over, and has what came before it remembered.
    fortnights = np.arange(HISTORY_DAYS - BASE_DAYS - HORIZON_DAYS + 1)
    decays = (
        windows.HALF_LIVES,
        windows.DEATH_HALF_LIVES,
        windows.MAGNITUDE_HALF_LIVES,
        windows.NEARBY_HALF_LIVES,
        windows.NEARBY_HALF_LIVES,
    )
    slots, steps = order(len(ages))
    fading_slots, fading_steps = order(len(fortnights))
    # The share of lulls that end falls with their length: a curve through the world's, by eye.
    usual_renewal = 0.15 * np.exp(-ages / 200) + 0.02
    return Plan(
        fatal_windows=_ints(windows.COUNT_DAYS),
        deaths_windows=_ints(windows.DEATH_DAYS),
        nearby_windows=_ints(windows.NEARBY_DAYS),
        worst_window=windows.WORST_DAYS,
        weeks=_ints(windows.ACTIVE_WEEKS),
        decays=_halving(ages, [h for half_lives in decays for h in half_lives]),
        kinds=_ints([kind for kind, half_lives in enumerate(decays) for _ in half_lives]),
        slots=slots,
        steps=steps,
        magnitudes=np.log1p(np.arange(_TOLLS, dtype=np.float64)),
        horizon=HORIZON_DAYS,
        base=BASE_DAYS,
        quiet=QUIET_DAYS,
        deaths=float(ESCALATION_DEATHS),
        ratio=ESCALATION_RATIO * HORIZON_DAYS / BASE_DAYS,
        shares=_ints([7 * weeks - HORIZON_DAYS + 1 for weeks in windows.SHARE_WEEKS]),
        fading=_halving(fortnights, windows.ESCALATION_HALF_LIVES),
        fading_slots=fading_slots,
        fading_steps=fading_steps,
        usual_escalation=windows.PRIOR_DAYS * windows.USUAL_ESCALATION,
        usual_onset=windows.PRIOR_DAYS * windows.USUAL_ONSET,
        usual_renewal=windows.PRIOR_GAPS * usual_renewal,
        prior_days=windows.PRIOR_DAYS,
        prior_gaps=windows.PRIOR_GAPS,
    )


def _halving(ages: Ints, half_lives: Sequence[int]) -> Floats:
    """Return the weight at each age by each half-life [days]: (n_ages, n_half_lives)."""
    return np.stack([0.5 ** (ages / half_life) for half_life in half_lives], axis=1)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
