"""How far what is scored live has moved from what a model was trained on, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS

Values = NDArray[np.float64]

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Where bins are cut: deciles, and the tail in which warnings lie."""

DECIMALS = 6
"""Digits kept of an edge and a share; the shares are of the edges as they are kept."""

FLOOR = 1e-4
"""The least share that a bin counts with: an empty one would make the index infinite."""

MOVED, SHIFTED = 0.1, 0.25
"""Where a population counts as moved and as shifted: the usual bounds (Lewis, An Introduction to
Credit Scoring, 1994; Siddiqi, Credit Risk Scorecards, 2006), a convention and not a test."""

CHANCE = MOVED / 2
"""The largest index that chance alone may give on average for a verdict to be passed."""

Z = 1.96
"""The normal quantile of a two-sided interval of 95 %."""


class Distribution(BaseModel):
    """Shares of values in bins: up to and with the first edge, ..., above the last one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    edges: tuple[float, ...] = Field(description="Ascending; a value on an edge lies below it.")
    shares: tuple[float, ...] = Field(description="One more than edges; they add up to 1.")

    @model_validator(mode="after")
    def _fits(self) -> "Distribution":
        if len(self.shares) != len(self.edges) + 1:
            msg = f"shares: found {len(self.shares)}; expected {len(self.edges) + 1}, a bin each"
            raise ValueError(msg)
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges: found {self.edges}; expected them to ascend")
        return self


class Reference(BaseModel):
    """What a model was trained on: the distribution of each feature and of each label's score."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: dict[str, Distribution]
    scores: dict[str, Distribution]


class Verdict(StrEnum):
    """What an index means, in a word."""

    STABLE = "stable"
    MOVED = "moved"
    SHIFTED = "shifted"
    TOO_FEW = "too few rows"


@dataclass(frozen=True, slots=True)
class Drift:
    """The index of one feature or score, and what it means; nan where there is no row."""

    name: str
    psi: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was forecast against what happened, for one label.

    ``ratio`` is observed / expected, ``low`` and ``high`` bound it; nan where nothing is expected.
    """

    label: str
    forecasts: int
    expected: float
    observed: int
    ratio: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return what the interval says, in words."""
        if not self.expected > 0:
            return "nothing to judge"
        if self.low > 1:
            return "more happens than is forecast"
        return "less happens than is forecast" if self.high < 1 else "as forecast"

    @property
    def fits(self) -> bool:
        """Tell whether the interval holds 1, or there is nothing to judge."""
        return not (self.low > 1 or self.high < 1)


def reference(x: Values, p: Values) -> Reference:
    """Return the distributions that later rows are held against.

    Parameters
    ----------
    x
        Features of shape (n_rows, n_features), in their units, in order of ``FEATURES``.
    p
        Probabilities of shape (n_rows, n_labels), in order of ``LABELS``: those of the model that
        is kept, on the rows that ``x`` holds; NaN where the question does not arise.

    Raises
    ------
    ValueError
        A shape is another, or there is no row.
    """
    expected = (len(x), len(FEATURE_NAMES)), (len(x), len(LABELS))
    if not len(x) or (x.shape, p.shape) != expected:
        msg = f"x, p: found shapes {x.shape}, {p.shape}; expected {expected} with a row at least"
        raise ValueError(msg)
    return Reference(
        features={name: distribution(x[:, i]) for i, name in enumerate(FEATURE_NAMES)},
        scores={label: distribution(_told(p[:, i])) for i, label in enumerate(LABELS)},
    )


def _told(values: Values) -> Values:
    """Return the values without NaN."""
    told: Values = values[~np.isnan(values)]
    return told


def distribution(values: Values) -> Distribution:
    """Return ``values`` of shape (n_rows,) in bins that each hold about as many.

    Quantiles that fall on one value are one edge, so that a value that many rows share, such as no
    deaths at all, has a bin of its own and none is empty. The largest value is no edge, unless it
    is the only one: then the bin above it is what a change would be seen in.
    """
    cuts = np.unique(np.round(np.quantile(values, QUANTILES, method="higher"), DECIMALS))
    inner = cuts[cuts < np.round(values.max(), DECIMALS)]
    edges = inner if len(inner) else cuts[:1]
    shares = np.round(shares_in(tuple(edges.tolist()), values), DECIMALS)
    return Distribution(edges=tuple(edges.tolist()), shares=tuple(shares.tolist()))


def shares_in(edges: Sequence[float], values: Values) -> Values:
    """Return the share of ``values``, of shape (n_rows,), in each bin: shape (n_edges + 1,).

    Values are rounded as edges are. Without values every share is 0.
    """
    bins = np.searchsorted(np.array(edges), np.round(values, DECIMALS), side="left")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    shares: Values = counts / max(len(values), 1)
    return shares


def psi(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Return the population stability index of two lists of shares in the same bins.

    It is the sum over the bins of (actual - expected) x ln(actual / expected) (Siddiqi,
    Credit Risk Scorecards, 2006), which is the symmetric divergence J of Kullback and Leibler
    (1951, Annals of Mathematical Statistics 22, 79-86). 0 for equal shares.
    """
    e, a = (np.maximum(np.array(s, dtype=np.float64), FLOOR) for s in (expected, actual))
    return float(((a - e) * np.log(a / e)).sum())


def drift(name: str, known: Distribution, values: Values) -> Drift:
    """Return how far ``values`` of shape (n_rows,), NaN left out, have moved from what is known.

    Without any change the index is about (bins - 1) / rows by chance, since the reference has far
    more rows (Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14(4), 89-100): where
    that is above ``CHANCE`` there are too few rows for a verdict.
    """
    values = _told(values)
    if not len(values):
        return Drift(name, float("nan"), Verdict.TOO_FEW)
    index = psi(known.shares, shares_in(known.edges, values).tolist())
    if len(known.edges) / len(values) > CHANCE:
        return Drift(name, index, Verdict.TOO_FEW)
    return Drift(name, index, verdict(index))


def verdict(index: float) -> Verdict:
    """Return what an index means: below 0.1 stable, up to 0.25 moved, above it shifted."""
    if index < MOVED:
        return Verdict.STABLE
    return Verdict.MOVED if index <= SHIFTED else Verdict.SHIFTED


def calibration(label: str, p: Values, happened: NDArray[np.bool_]) -> Calibration:
    """Return how what was forecast compares with what happened; both of shape (n_forecasts,).

    The interval of 95 % is that of a Poisson count by Byar's approximation (Breslow and Day 1987,
    Statistical Methods in Cancer Research II, p. 69), divided by what was expected. A sum of
    independent events varies less than Poisson; events that come together vary more.
    """
    expected, observed = float(p.sum()), int(happened.sum())
    if not expected > 0:
        nan = float("nan")
        return Calibration(label, len(p), expected, observed, nan, nan, nan)
    low, high = poisson_interval(observed)
    ratios = (count / expected for count in (observed, low, high))
    return Calibration(label, len(p), expected, observed, *ratios)


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the 95 % limits of the mean of which ``count`` was seen, after Byar."""
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * sqrt(above))) ** 3
    if count == 0:
        return 0.0, high
    return count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3, high
