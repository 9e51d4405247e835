"""How far a figure would move if history had given other borders: a bootstrap by border.

The weeks of one segment and the segments of one border resemble each other, so that rows are no
independent draws: borders are. Each draw takes as many borders as there are, with replacement
(Davison and Hinkley 1997, section 3.8), and a row weighs as often as its border was drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.escalation.figures import Measured

DRAWS = 500
SEED = 20100610
ENOUGH_BORDERS = 5
"""Fewer borders than this with what is measured on them give no interval: it would be chance."""

_DECIMALS = 5
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which border each row belongs to, and how often each draw takes each border.

    ``code`` has shape (n_rows,), ``weight`` (n_borders, 1 + n_draws). Its first column is all
    ones: the sample as it is, so that one computation gives a figure and its draws.
    """

    names: NDArray[np.str_]
    code: NDArray[np.intp]
    weight: NDArray[np.float64]

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Blocks":
        """Return the blocks of the rows chosen by mask or index, under the same draws."""
        return Blocks(self.names, self.code[rows], self.weight)

    def sums(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the weighted sum of ``values`` (n_rows,) in each draw: (1 + n_draws,)."""
        per_border = np.bincount(self.code, weights=values, minlength=len(self.names))
        total: NDArray[np.float64] = per_border @ self.weight
        return total

    def tables(
        self, column: NDArray[np.intp], values: NDArray[np.float64] | NDArray[np.bool_], width: int
    ) -> NDArray[np.float64]:
        """Return the sums of ``values`` by ``column``, both (n_rows,): (width, 1 + n_draws)."""
        cell = self.code * width + column
        per_border = np.bincount(cell, weights=values, minlength=len(self.names) * width)
        total: NDArray[np.float64] = per_border.reshape(-1, width).T @ self.weight
        return total

    def spread(self, values: NDArray[np.bool_]) -> int:
        """Return on how many borders any of ``values`` (n_rows,) is true."""
        return len(np.unique(self.code[values]))


def resample(border: NDArray[np.str_], draws: int = DRAWS, seed: int = SEED) -> Blocks:
    """Return ``draws`` draws of borders for rows on the borders ``border`` (n_rows,)."""
    names, code = np.unique(border, return_inverse=True)
    chance = np.full(len(names), 1 / len(names))
    taken = np.random.default_rng(seed).multinomial(len(names), chance, size=draws)
    weight = np.vstack([np.ones(len(names)), taken]).T
    return Blocks(names, code.astype(np.intp), np.ascontiguousarray(weight, dtype=np.float64))


def measured(drawn: NDArray[np.float64], borders: int) -> Measured:
    """Return a figure and its 95 % percentile interval.

    Parameters
    ----------
    drawn
        The figure, then its draws: (1 + n_draws,). A draw in which it is undefined is NaN and
        does not count.
    borders
        How many borders carry what is measured; below ``ENOUGH_BORDERS`` there is no interval.
    """
    defined = drawn[1:][np.isfinite(drawn[1:])]
    value = _rounded(drawn[0])
    if value is None or borders < ENOUGH_BORDERS or not len(defined):
        return Measured(value=value)
    low, high = np.percentile(defined, _TAILS)
    return Measured(value=value, low=_rounded(low), high=_rounded(high))


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``above / below``, NaN where ``below`` is 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0)


def _rounded(x: float) -> float | None:
    return round(float(x), _DECIMALS) if np.isfinite(x) else None
