"""Made-up forecasts: segments on borders, week after week, of models more and less good."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.escalation.forecasts import Forecasts

FIRST = date(2015, 1, 5)
CONTINENTS = ("Africa", "Americas", "Asia", "Europe", "Africa/Asia")
BASELINES = {
    "climatology": 0.0,
    "last value": 0.5,
    "rolling 30 d": 0.7,
    "rolling 90 d": 0.8,
    "rolling 365 d": 0.75,
    "ewma 30 d": 0.9,
    "logistic": 1.0,
    "reference boosted": 1.1,
}


def made(
    *,
    borders: int = 20,
    per_border: int = 3,
    weeks: int = 160,
    share: float = 0.03,
    models: dict[str, float] | None = None,
    names: list[str] | None = None,
    seed: int = 1,
) -> Forecasts:
    """Return forecasts on ``borders * per_border`` segments, ``weeks`` long.

    ``models`` gives by name how much of the truth's cause a model sees: 0 is climatology.
    """
    rng = np.random.default_rng(seed)
    borders = len(names) if names else borders
    shape = (borders, per_border, weeks)
    cause = 2 * rng.normal(size=(borders, 1, 1)) + rng.normal(size=(borders, 1, weeks)) / 2
    cause = cause + rng.normal(size=(borders, per_border, 1))
    chance = _sigmoid(_shifted(cause + np.zeros(shape), share))
    truth = rng.random(shape) < chance
    day = np.broadcast_to(FIRST.toordinal() + 7 * np.arange(weeks), shape)
    lead = rng.integers(0, 14, size=shape)
    border = names or [f"B{i:02d}-C{i:02d}" for i in range(borders)]
    segment = [f"{b}-050-{j + 1:02d}" for b in border for j in range(per_border)]
    weekly = np.repeat(np.array(segment), weeks)
    years = range(FIRST.year, date.fromordinal(int(day.max())).year + 1)
    return Forecasts(
        label="escalation_14d",
        horizon_days=14,
        truth=truth.ravel(),
        said={
            name: _said(chance, sees, share, rng)
            for name, sees in ({"model": 1.3} | BASELINES if models is None else models).items()
        },
        day=day.ravel().astype(np.int64),
        segment=weekly,
        border=np.repeat(np.array(border), per_border * weeks),
        continent=np.repeat(
            [CONTINENTS[i % len(CONTINENTS)] for i in range(borders)], per_border * weeks
        ),
        first_event=np.where(truth, day + lead, -1).ravel().astype(np.int64),
        missed_positives=7,
        training_share=dict.fromkeys(years, share),
    )


def _said(
    chance: NDArray[np.float64], sees: float, share: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    if not sees:
        return np.full(chance.size, share)
    noise = rng.normal(size=chance.shape) + rng.normal(size=(*chance.shape[:2], 1))
    return np.round(_sigmoid(np.log(chance / (1 - chance)) + noise * (1.6 - sees)), 4).ravel()


def _shifted(cause: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return ``cause`` moved so that its sigmoid is ``share`` on average."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(cause + middle).mean() < share else (low, middle)
    return cause + low


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))
