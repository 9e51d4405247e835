"""How well forecasts rank: average precision and AUC, under many weights at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.escalation.bootstrap import Blocks

_AT_ONCE = 64
"""Draws computed together: enough to be fast, few enough to stay within the cache."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows sorted once, from the highest probability down, as counts by step and border.

    A step is a run of tied rows with a positive among them, or all that lies between two such
    runs: where no positive is, neither average precision nor AUC sees the order. Both arrays
    have shape (n_steps, n_borders).
    """

    positives: csr_array
    negatives: csr_array


def rank(said: NDArray[np.float64], truth: NDArray[np.bool_], blocks: Blocks) -> Ranking:
    """Return the ranking of the rows by ``said``; all arguments are of shape (n_rows,)."""
    order = np.argsort(-said, kind="stable")
    p, true = said[order], truth[order]
    starts = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
    any_true = np.add.reduceat(true.astype(np.int64), starts) > 0
    begins = np.r_[True, any_true[1:] | any_true[:-1]]
    step = np.repeat(np.cumsum(begins) - 1, np.diff(np.r_[starts, len(p)]))
    shape = (int(step[-1]) + 1, len(blocks.names))
    border = blocks.code[order]
    return Ranking(_counts(step, border, true, shape), _counts(step, border, ~true, shape))


def scores(
    ranking: Ranking, weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return average precision and AUC under each column of ``weight`` (n_borders, n_columns).

    Both of shape (n_columns,), and equal to scikit-learn's ``average_precision_score`` and
    ``roc_auc_score`` with that column as the weights of the rows. Average precision is the sum
    over the steps of precision x gain in recall; NaN without a positive. AUC is the chance that
    a positive ranks above a negative, ties counting half; NaN unless there are both.
    """
    parts = [
        _scores(ranking, weight[:, i : i + _AT_ONCE]) for i in range(0, weight.shape[1], _AT_ONCE)
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _scores(
    ranking: Ranking, weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    true, false = ranking.positives @ weight, ranking.negatives @ weight
    above, false_above = true.cumsum(axis=0), false.cumsum(axis=0)
    all_true, all_false = above[-1], false_above[-1]
    flagged = above + false_above
    precision = np.divide(above, flagged, out=np.zeros_like(above), where=flagged > 0)
    beaten = all_false - false_above + false / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.einsum("ij,ij->j", true, precision) / all_true
        area = np.einsum("ij,ij->j", true, beaten) / (all_true * all_false)
    return average, area


def _counts(
    step: NDArray[np.int64],
    border: NDArray[np.intp],
    chosen: NDArray[np.bool_],
    shape: tuple[int, int],
) -> csr_array:
    where = (step[chosen], border[chosen])
    return csr_array((np.ones(int(chosen.sum())), where), shape=shape)
