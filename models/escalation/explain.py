"""What moved a probability, and the words for it.

Exact for the linear part (coefficient x distance from the mean), additive along the path for the
trees; the model is the mean of both, and so are the moves. They add up to the log-odds.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from models.escalation.ensemble import Estimators, Matrix
from models.escalation.features import FEATURES
from models.escalation.trees import Trees
from schemas.assessment import Contribution

EXPLAINED = 5
"""How many contributions an assessment carries."""

_GROUPS = [
    (group, [i for i, _ in members])
    for group, members in groupby(enumerate(FEATURES), key=lambda found: found[1].group)
]


class Explained:
    """One label's model, as moves of its log-odds."""

    def __init__(self, fitted: Estimators) -> None:
        linear, boosted = fitted["linear"], fitted["boosted"]
        assert isinstance(linear, Pipeline)
        self._scaler, self._linear = (step for _, step in linear.steps)
        self._trees = Trees(boosted, len(FEATURES))
        self._mean = (float(self._linear.intercept_[0]) + self._trees.mean) / 2

    def moves(self, seen: Matrix) -> Matrix:
        """Return each feature's share of the log-odds: (n_rows, n_features).

        A row's moves are the same to the last bit alone and among others: no sum runs over rows.
        """
        offset = (seen - self._scaler.mean_) / self._scaler.scale_
        moved: Matrix = (self._linear.coef_[0] * offset + self._trees.moves(seen)) / 2
        return moved

    def probability(self, moves: Matrix) -> NDArray[np.float64]:
        """Return the probability that ``moves`` add up to: (n_rows,)."""
        p: NDArray[np.float64] = 1 / (1 + np.exp(-(moves.sum(axis=1) + self._mean)))
        return p


def contributions(
    row: Sequence[float], moves: NDArray[np.float64], usual: Sequence[float]
) -> tuple[Contribution, ...]:
    """Return what moved the log-odds most, largest first.

    Features that say much the same share one contribution, the sum of their moves: split among
    them it would tell how the model shares its weights, not what happened. The one that moved
    most that way speaks for them.

    Parameters
    ----------
    row, usual
        The features and their means in training, in their units: (n_features,).
    moves
        Of one row: (n_features,).
    """
    sums = [(round(float(moves[members].sum()), 3), members) for _, members in _GROUPS]
    order = sorted(range(len(sums)), key=lambda g: (-abs(sums[g][0]), g))
    found = []
    for group in order[:EXPLAINED]:
        moved, members = sums[group]
        sign = 1 if moved >= 0 else -1
        speaker = max(members, key=lambda i: (round(sign * float(moves[i]), 6), -i))
        found.append(_contribution(speaker, row[speaker], usual[speaker], moved))
    return tuple(found)


def _contribution(i: int, value: float, usual: float, moved: float) -> Contribution:
    said = FEATURES[i].words.format(number(value))
    return Contribution(
        feature=FEATURES[i].name,
        value=round(value, 4),
        usual=round(usual, 4),
        log_odds=moved,
        words=f"{said} where {number(usual)} is usual",
    )


def number(x: float) -> str:
    """Return a quantity as one would say it."""
    return f"{x:.0f}" if x >= 10 or x == int(x) else f"{x:.2g}" if x >= 0.01 else "almost 0"
