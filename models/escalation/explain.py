"""What moved a probability, and the words for it.

Exact for the linear part (coefficient x distance from the mean), additive along the path for the
trees; the model is the mean of both, and so are the moves. They add up to the log-odds.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
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
    """The models of all labels, their probabilities, and one's as moves of its log-odds."""

    def __init__(self, fitted: Mapping[str, Estimators]) -> None:
        self.labels = tuple(fitted)
        steps = [[step for _, step in _linear(e).steps] for e in fitted.values()]
        self._center = np.stack([scaler.mean_ for scaler, _ in steps])
        # Each label's coefficient by the scale that its feature was divided by.
        self._slope = np.stack([linear.coef_[0] / scaler.scale_ for scaler, linear in steps])
        self._intercept = np.array([linear.intercept_[0] for _, linear in steps])
        self._trees = Trees([_boosted(e) for e in fitted.values()], len(FEATURES))

    def explain(self, seen: Matrix, label: str) -> tuple[Matrix, Matrix]:
        """Return the probability of each label and what moved one of them.

        A row's are the same to the last bit alone and among others: no sum runs over rows.

        Parameters
        ----------
        seen
            Features as the model sees them: (n_rows, n_features).

        Returns
        -------
        (n_rows, n_labels) in order of ``labels``, and (n_rows, n_features): each feature's share
        of the label's log-odds, which add up to them with ``mean``.
        """
        shares = (seen[:, None, :] - self._center) * self._slope
        leaves = self._trees.leaves(seen)
        log_odds = (shares.sum(axis=2) + self._intercept + self._trees.log_odds(leaves)) / 2
        number = self.labels.index(label)
        moves = (shares[:, number] + self._trees.moves(leaves, number)) / 2
        p: Matrix = 1 / (1 + np.exp(-log_odds))
        return p, moves

    def mean(self, label: str) -> float:
        """Return the mean log-odds of a label, from which its moves start."""
        number = self.labels.index(label)
        return float(self._intercept[number] + self._trees.means[number]) / 2


def _linear(fitted: Estimators) -> Pipeline:
    linear = fitted["linear"]
    assert isinstance(linear, Pipeline)
    return linear


def _boosted(fitted: Estimators) -> HistGradientBoostingClassifier:
    boosted = fitted["boosted"]
    assert isinstance(boosted, HistGradientBoostingClassifier)
    return boosted


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
