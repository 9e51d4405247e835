"""Boosted trees as plain arrays: what each feature moved, and fast for a single row.

A row's path through a tree goes from the mean of all training rows to the mean of a leaf; each
step's change is put down to the feature that the step splits on (Saabas 2014, "Interpreting random
forests"). The moves and the mean add up to the model's log-odds. Credit goes to the splits on the
path: of two features that say the same, the one that was asked has it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.escalation import tree_kernel
from models.escalation.compiled import compiled
from models.escalation.sums import order
from models.escalation.tree_kernel import Forest

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Matrix = NDArray[np.float64]
Nodes = NDArray[np.void]
"""The nodes of one tree as the library keeps them, children behind their parent: (n_nodes,)."""


class Trees:
    """Fitted binary ``HistGradientBoostingClassifier``s with equally many trees each.

    None of the models has missing or categorical values.
    """

    def __init__(self, fitted: "Sequence[HistGradientBoostingClassifier]", n_features: int) -> None:
        trees = [predictor.nodes for model in fitted for (predictor,) in model._predictors]
        self._forest, roots = _forest(trees, len(trees) // len(fitted), n_features)
        self.means = roots.reshape(len(fitted), -1).sum(axis=1)
        """Mean log-odds over the training rows, of each model: shape (n_models,)."""
        self.means += [float(model._baseline_prediction.item()) for model in fitted]
        self._grow = _kernel()

    def explain(self, seen: Matrix, model: int) -> tuple[Matrix, Matrix]:
        """Return the log-odds of each model, and what each feature moved of one model's.

        Parameters
        ----------
        seen
            Features as the models see them: (n_rows, n_features).

        Returns
        -------
        (n_rows, n_models) and (n_rows, n_features).
        """
        log_odds, moves = np.empty((len(seen), len(self.means))), np.empty(seen.shape)
        self._grow(np.ascontiguousarray(seen), self._forest, model, log_odds, moves)
        return log_odds + self.means, moves


@cache
def _kernel() -> Callable[[Matrix, Forest, int, Matrix, Matrix], None]:
    none, (forest, _) = np.empty((0, 0)), _forest([], 1, 0)
    return compiled(tree_kernel.grow, none, forest, 0, none, none)


def _forest(trees: Sequence[Nodes], each: int, n_features: int) -> tuple[Forest, Matrix]:
    """Return the trees as arrays, ``each`` a model, and the means of their roots: (n_trees,)."""
    splits = [tree[tree["is_leaf"] == 0] for tree in trees]
    cuts = [_cuts(splits, feature) for feature in range(n_features)]
    begins = np.cumsum([0, *(len(c) for c in cuts)])
    asks = [
        begins[s["feature_idx"]] + _asked(cuts, s["feature_idx"], s["num_threshold"])
        for s in splits
    ]
    means = [_means(tree) for tree in trees]
    values = [m[tree["is_leaf"] == 1] - m[0] for tree, m in zip(trees, means, strict=True)]
    ways = [way for tree, m in zip(trees, means, strict=True) for way in _ways(tree, m)]
    slots, steps = order(each)
    return Forest(
        cuts=_joined(cuts, np.float64),
        cuts_end=begins[1:],
        asks=_joined(asks, np.int64),
        children=_joined([_children(tree).ravel() for tree in trees], np.int64).reshape(-1, 2),
        splits_end=np.cumsum([len(s) for s in splits], dtype=np.int64),
        leaves_end=np.cumsum([len(v) for v in values], dtype=np.int64),
        values=_joined(values, np.float64),
        moves_end=np.cumsum([len(way) for way in ways], dtype=np.int64),
        moved=_joined([list(way) for way in ways], np.int64),
        moves=_joined([list(way.values()) for way in ways], np.float64),
        widest=max(map(len, trees), default=0),
        slots=slots,
        steps=steps,
    ), np.array([m[0] for m in means])


def _joined(parts: Sequence[Sequence[float] | NDArray[Any]], kind: type) -> NDArray[Any]:
    """Return the parts, of which there may be none, one after the other."""
    return np.concatenate([np.empty(0), *parts]).astype(kind)


def _cuts(splits: Sequence[Nodes], feature: int) -> Matrix:
    """Return what the splits ask of a feature, ascending."""
    asked = [s["num_threshold"][s["feature_idx"] == feature] for s in splits]
    found: Matrix = np.unique(np.concatenate(asked))
    return found


def _asked(cuts: Sequence[Matrix], features: NDArray[np.int64], above: Matrix) -> NDArray[np.int64]:
    """Return which cut of its feature each split asks for."""
    found = [np.searchsorted(cuts[f], t) for f, t in zip(features, above, strict=True)]
    return np.array(found, dtype=np.int64)


def _children(tree: Nodes) -> NDArray[np.int64]:
    """Return the children of each split, where the splits are numbered before the leaves."""
    number = np.argsort(np.argsort(tree["is_leaf"], kind="stable"), kind="stable")
    splits = tree[tree["is_leaf"] == 0]
    return np.stack([number[splits["left"]], number[splits["right"]]], axis=1)


def _ways(tree: Nodes, means: Matrix) -> list[dict[int, float]]:
    """Return what moved a row on its way to each leaf: feature -> how far."""
    ways: dict[int, dict[int, float]] = {0: {}}
    for i in np.flatnonzero(tree["is_leaf"] == 0):
        feature = int(tree["feature_idx"][i])
        for child in (int(tree["left"][i]), int(tree["right"][i])):
            so_far = ways[int(i)].get(feature, 0.0)
            ways[child] = ways[int(i)] | {feature: so_far + float(means[child] - means[i])}
    return [ways[int(i)] for i in np.flatnonzero(tree["is_leaf"])]


def _means(nodes: Nodes) -> Matrix:
    """Return the mean of the leaves below each node, by their training rows: (n_nodes,)."""
    means: Matrix = nodes["value"].astype(np.float64)
    # Children stand behind their parent: from the end, each is known before it is needed.
    for i in np.flatnonzero(~nodes["is_leaf"].astype(bool))[::-1]:
        below = [int(nodes["left"][i]), int(nodes["right"][i])]
        means[i] = np.average(means[below], weights=nodes["count"][below])
    return means
