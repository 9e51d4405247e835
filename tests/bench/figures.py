"""Medians, ratios and percentiles of what the rounds measured."""

from collections.abc import Sequence
from math import ceil
from statistics import median


def middle(values: Sequence[float | None]) -> float | None:
    """Return the median of the rounds; None where a round has no value."""
    known = [v for v in values if v is not None]
    return median(known) if known and len(known) == len(values) else None


def ratio(value: float | None, yardstick: float | None) -> float | None:
    """Return how many times ``yardstick`` the value is; None where one of them is unknown."""
    return None if value is None or not yardstick else value / yardstick


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that ``share`` of the values do not exceed (nearest rank).

    None where there are too few values to have any beyond it: the 99.9th percentile needs 1,000.
    """
    if len(values) < round(1 / (1 - share)):
        return None
    return sorted(values)[ceil(share * len(values)) - 1]


def growth(sizes: Sequence[int], values: Sequence[float | None]) -> float | None:
    """Return how much dearer a unit is between the largest two sizes than between the first two.

    What is the same for every size, such as the start of the interpreter, drops out. 1 is linear.
    None where a value is unknown, or where the smaller sizes cost nothing that shows.
    """
    (a, b, c), (x, y, z) = sizes, values
    if x is None or y is None or z is None or y <= x:
        return None
    return ((z - y) / (c - b)) / ((y - x) / (b - a))
