"""What moved a probability.

Exact for the linear part (coefficient x distance from the mean), additive along the path for the
trees; the model is the mean of both, and so are the moves. They add up to the log-odds.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from models.escalation.features import FEATURES
from models.escalation.trees import Matrix, Trees

if TYPE_CHECKING:
    from models.escalation.ensemble import Estimators


class Explained:
    """The models of all labels, their probabilities, and one's as moves of its log-odds."""

    def __init__(self, fitted: "Mapping[str, Estimators]") -> None:
        self.labels = tuple(fitted)
        steps = [[step for _, step in _of(e, "linear").steps] for e in fitted.values()]
        self._center = np.stack([scaler.mean_ for scaler, _ in steps])
        # Each label's coefficient by the scale that its feature was divided by.
        self._slope = np.stack([linear.coef_[0] / scaler.scale_ for scaler, linear in steps])
        self._intercept = np.array([linear.intercept_[0] for _, linear in steps])
        self._trees = Trees([_of(e, "boosted") for e in fitted.values()], len(FEATURES))

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
        number = self.labels.index(label)
        shares = (seen[:, None, :] - self._center) * self._slope
        boosted, moved = self._trees.explain(seen, number)
        log_odds = (shares.sum(axis=2) + self._intercept + boosted) / 2
        moves = (shares[:, number] + moved) / 2
        p: Matrix = 1 / (1 + np.exp(-log_odds))
        return p, moves

    def mean(self, label: str) -> float:
        """Return the mean log-odds of a label, from which its moves start."""
        number = self.labels.index(label)
        return float(self._intercept[number] + self._trees.means[number]) / 2


def _of(fitted: "Estimators", name: str) -> Any:
    return fitted[name]
