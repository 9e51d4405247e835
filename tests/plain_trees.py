"""Boosted trees step by step: what the compiled ones are held against, to the last bit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

Matrix = NDArray[np.float64]
Leaves = NDArray[np.intp]
"""The leaf of each row in each tree, of all models: shape (n_rows, n_models x n_trees)."""

_ROWS = 256
"""How many rows are explained at once: their moves by tree are held in memory."""


class Trees:
    """Fitted binary ``HistGradientBoostingClassifier``s with equally many trees each.

    Nodes of all trees stand in one row of arrays, so that every tree takes its next step at once.
    None of the models has missing or categorical values.
    """

    def __init__(self, fitted: Sequence[HistGradientBoostingClassifier], n_features: int) -> None:
        trees = [predictor.nodes for model in fitted for (predictor,) in model._predictors]
        sizes = [len(nodes) for nodes in trees]
        self._roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        self._depth = int(max(nodes["depth"].max() for nodes in trees))
        self._models = len(fitted)
        self._feature = np.zeros(sum(sizes), dtype=np.intp)
        self._threshold = np.full(sum(sizes), np.inf)
        self._children = np.zeros(2 * sum(sizes), dtype=np.intp)
        self._moves = np.zeros((sum(sizes), n_features))
        self._value = np.zeros(sum(sizes))
        for root, nodes in zip(self._roots, trees, strict=True):
            self._take(int(root), nodes)
        means = self._value[self._roots].reshape(self._models, -1).sum(axis=1)
        self.means = means + [float(model._baseline_prediction.item()) for model in fitted]
        """Mean log-odds over the training rows, of each model: shape (n_models,)."""

    def leaves(self, seen: Matrix) -> Leaves:
        """Return where each row of ``seen``, features as the model sees them, ends in each tree."""
        values = seen.ravel()
        row = (np.arange(len(seen)) * seen.shape[1])[:, None]
        node = np.broadcast_to(self._roots, (len(seen), len(self._roots)))
        for _ in range(self._depth):
            right = values.take(row + self._feature.take(node)) > self._threshold.take(node)
            node = self._children.take(2 * node + right)
        return node

    def log_odds(self, leaves: Leaves) -> Matrix:
        """Return the log-odds of each model: shape (n_rows, n_models)."""
        shares = self._value.take(leaves) - self._value.take(self._roots)
        total: Matrix = shares.reshape(len(leaves), self._models, -1).sum(axis=2) + self.means
        return total

    def moves(self, leaves: Leaves, model: int) -> Matrix:
        """Return what each feature moved of one model's log-odds: (n_rows, n_features)."""
        each = len(self._roots) // self._models
        own = leaves[:, model * each : (model + 1) * each]
        parts = [self._moves[own[i : i + _ROWS]].sum(axis=1) for i in range(0, len(own), _ROWS)]
        return np.concatenate(parts) if parts else np.zeros((0, self._moves.shape[1]))

    def _take(self, root: int, nodes: NDArray[np.void]) -> None:
        """Copy one tree to the nodes from ``root`` on."""
        here = slice(root, root + len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        itself = np.arange(len(nodes))
        self._feature[here] = np.where(leaf, 0, nodes["feature_idx"])
        self._threshold[here] = np.where(leaf, np.inf, nodes["num_threshold"])
        # A leaf leads to itself, so that short paths wait for the longest one.
        children = [np.where(leaf, itself, nodes[side]) + root for side in ("left", "right")]
        self._children[2 * root : 2 * (root + len(nodes))] = np.stack(children, axis=1).ravel()
        means = _means(nodes)
        self._value[here] = means
        for i in np.flatnonzero(~leaf):
            for child in (int(nodes["left"][i]), int(nodes["right"][i])):
                self._moves[root + child] = self._moves[root + i]
                self._moves[root + child, nodes["feature_idx"][i]] += means[child] - means[i]


def _means(nodes: NDArray[np.void]) -> Matrix:
    """Return the mean of the leaves below each node, by their training rows: (n_nodes,)."""
    means: Matrix = nodes["value"].astype(np.float64)
    # Children stand behind their parent: from the end, each is known before it is needed.
    for i in np.flatnonzero(~nodes["is_leaf"].astype(bool))[::-1]:
        below = [int(nodes["left"][i]), int(nodes["right"][i])]
        means[i] = np.average(means[below], weights=nodes["count"][below])
    return means
