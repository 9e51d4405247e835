"""Boosted trees as plain arrays: what each feature moved, and fast for a single row.

A row's path through a tree goes from the mean of all training rows to the mean of a leaf; each
step's change is put down to the feature that the step splits on (Saabas 2014, "Interpreting random
forests"). The moves and the mean add up to the model's log-odds. Credit goes to the splits on the
path: of two features that say the same, the one that was asked has it.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

Matrix = NDArray[np.float64]

_ROWS = 256
"""How many rows are taken at once: their moves by tree are held in memory."""


class Trees:
    """A fitted binary ``HistGradientBoostingClassifier`` without missing or categorical values."""

    def __init__(self, fitted: HistGradientBoostingClassifier, n_features: int) -> None:
        trees = [predictors[0].nodes for predictors in fitted._predictors]
        shape = (len(trees), max(len(nodes) for nodes in trees))
        self._feature = np.zeros(shape, dtype=np.intp)
        self._threshold = np.full(shape, np.inf)
        self._left = np.zeros(shape, dtype=np.intp)
        self._right = np.zeros(shape, dtype=np.intp)
        self._moves = np.zeros((*shape, n_features))
        self._tree = np.arange(len(trees))
        self._depth = int(max(nodes["depth"].max() for nodes in trees))
        self.mean = float(fitted._baseline_prediction.item())
        for number, nodes in enumerate(trees):
            self.mean += self._take(number, nodes)

    def moves(self, seen: Matrix) -> Matrix:
        """Return what each feature moved of the log-odds: (n_rows, n_features).

        ``seen`` holds the features as the model sees them. A row's moves do not depend on others.
        """
        parts = [self._some(seen[i : i + _ROWS]) for i in range(0, len(seen), _ROWS)]
        return np.concatenate(parts) if parts else np.zeros((0, self._moves.shape[2]))

    def _some(self, seen: Matrix) -> Matrix:
        rows = np.arange(len(seen))[:, None]
        node = np.zeros((len(seen), len(self._tree)), dtype=np.intp)
        for _ in range(self._depth):
            feature = self._feature[self._tree, node]
            left = seen[rows, feature] <= self._threshold[self._tree, node]
            node = np.where(left, self._left[self._tree, node], self._right[self._tree, node])
        moved: Matrix = self._moves[self._tree, node].sum(axis=1)
        return moved

    def _take(self, number: int, nodes: NDArray[np.void]) -> float:
        """Copy one tree; return its mean over the training rows."""
        n = len(nodes)
        leaf = nodes["is_leaf"].astype(bool)
        self._feature[number, :n] = np.where(leaf, 0, nodes["feature_idx"])
        self._threshold[number, :n] = np.where(leaf, np.inf, nodes["num_threshold"])
        # A leaf leads to itself, so that short paths wait for the longest one.
        self._left[number, :n] = np.where(leaf, np.arange(n), nodes["left"])
        self._right[number, :n] = np.where(leaf, np.arange(n), nodes["right"])
        means = nodes["value"].astype(np.float64)
        # Children stand behind their parent: from the end, each is known before it is needed.
        for i in np.flatnonzero(~leaf)[::-1]:
            left, right = nodes["left"][i], nodes["right"][i]
            weights = nodes["count"][[left, right]].astype(np.float64)
            means[i] = float(means[[left, right]] @ weights / weights.sum())
        for i in np.flatnonzero(~leaf):
            for child in (nodes["left"][i], nodes["right"][i]):
                self._moves[number, child] = self._moves[number, i]
                self._moves[number, child, nodes["feature_idx"][i]] += means[child] - means[i]
        return float(means[0])
