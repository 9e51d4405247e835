"""Checks that forecasts are blind to what came after them."""

from collections.abc import Callable, Sequence

import numpy as np

from models.escalation.dataset import Dataset
from models.escalation.features import FEATURE_NAMES
from models.escalation.forecasts import Forecasts
from models.escalation.ged import Sightings


class Peeked(ValueError):
    """A forecast changes with what had not happened when it was made."""


def without_future(sightings: Sightings, cut: int) -> Sightings:
    """Return the history as it would have been without anything from the day ``cut`` on.

    The very last day stays, so that the data covers the same weeks.
    """
    return sightings.of((sightings.day < cut) | (sightings.day == sightings.day.max()))


def check_features(sightings: Sightings, build: Callable[[Sightings], Dataset], cut: int) -> int:
    """Build the rows with and without the future; return how many rows until ``cut`` agree.

    Raises
    ------
    Peeked
        With the features that differ, and the first row where they do.
    """
    real, blind = build(sightings), build(without_future(sightings, cut))
    seen, told = real.of(real.day <= cut), blind.of(blind.day <= cut)
    if not np.array_equal(seen.segment, told.segment) or not np.array_equal(seen.day, told.day):
        raise Peeked(f"candidates: which segments are asked about until day {cut} differs")
    differ = seen.x != told.x
    if differ.any():
        row, _ = np.argwhere(differ)[0]
        names = [FEATURE_NAMES[i] for i in np.flatnonzero(differ.any(axis=0))]
        where = f"{seen.segment[row]}, day {seen.day[row]}"
        raise Peeked(f"features: {', '.join(names)} see what comes later; first on {where}")
    return len(seen.day)


def check_forecasts(
    sightings: Sightings, forecast: Callable[[Sightings], Sequence[Forecasts]], cut: int
) -> int:
    """Forecast with and without the future; return how many forecasts until ``cut`` agree.

    Raises
    ------
    Peeked
        With the label and the model whose probabilities differ.
    """
    compared = 0
    pairs = zip(forecast(sightings), forecast(without_future(sightings, cut)), strict=True)
    for real, blind in pairs:
        seen, told = real.of(real.day <= cut), blind.of(blind.day <= cut)
        for name in seen.said:
            if not np.array_equal(seen.said[name], told.said[name]):
                raise Peeked(f"{real.label}: {name} is fitted on what comes later")
        compared += len(seen.truth)
    return compared
