"""Where rows end in every tree, and what follows from it, compiled: 64 rows a block, a bit each.

A row passes a split or does not: for 64 rows that is a word of 64 bits, and a tree sends all of
them to its leaves with two operations a split. No row is told of another: each has its own bit,
and its own sums.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.escalation.compiled import part

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

ROWS = 64
"""How many rows are handled at once: the bits of a word."""

ONE, NONE, ALL = np.uint64(1), np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)

DE_BRUIJN, SHIFT = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
BIT = np.argsort(((ONE << np.arange(64, dtype=np.uint64)) * DE_BRUIJN) >> SHIFT)
"""Which bit of a word is set, by the six bits that it leaves of the sequence (Leiserson 1998)."""


class Forest(NamedTuple):
    """The trees of all models, as many each, as arrays.

    Splits and leaves are numbered through all trees; a tree's splits stand behind their parents.
    A row goes right where its feature is above the cut.
    """

    cuts: Floats
    """What splits ask for, by feature, ascending: (n_cuts,)."""
    cuts_end: Ints
    """Where the cuts of each feature end: (n_features,)."""
    asks: Ints
    """The cut that each split asks for: (n_splits,)."""
    children: Ints
    """(n_splits, 2), left and right: nodes of the same tree, numbered splits first, then leaves."""
    splits_end: Ints
    """Where the splits of each tree end: (n_trees,)."""
    leaves_end: Ints
    values: Floats
    """What each leaf adds to the log-odds: (n_leaves,)."""
    moves_end: Ints
    """Where the moves on the way to each leaf end: (n_leaves,)."""
    moved: Ints
    moves: Floats
    """The features moved on the way to each leaf, and how far the log-odds: (n_moves,)."""
    widest: int
    """The most nodes of a tree."""
    slots: Ints
    steps: Ints
    """The order of a sum over the trees of one model (``sums.order``)."""


def grow(seen: Floats, forest: Forest, explained: int, log_odds: Floats, moves: Floats) -> None:
    """Add up what the trees say of each row.

    Parameters
    ----------
    seen
        Features as the model sees them: (n_rows, n_features).
    explained
        The model whose moves are wanted.
    log_odds, moves
        Written to: (n_rows, n_models) and, of the explained one, (n_rows, n_features).
    """
    each = len(forest.slots)
    above = np.empty(len(forest.cuts), dtype=np.uint64)
    leaves = np.empty((each, ROWS), dtype=np.int64)
    sums = np.empty((forest.slots.max() + 1, ROWS))
    moves[:] = 0
    for start in range(0, len(seen), ROWS):
        end = min(start + ROWS, len(seen))
        _ask(seen[start:end], forest, above)
        for model in range(log_odds.shape[1]):
            _land(model * each, above, forest, leaves[:, : end - start])
            _sum(leaves, forest, sums[:, : end - start])
            log_odds[start:end, model] = sums[0, : end - start]
            if model == explained:
                _move(leaves, forest, moves[start:end])


@part
def _ask(rows: Floats, forest: Forest, above: Words) -> None:
    """Write which rows are above each cut: (n_cuts,), a bit a row."""
    above[:] = NONE
    first = 0
    for feature in range(rows.shape[1]):
        end = forest.cuts_end[feature]
        for row in range(len(rows)):
            low, high = first, end
            while low < high:
                middle = (low + high) // 2
                if rows[row, feature] > forest.cuts[middle]:
                    low = middle + 1
                else:
                    high = middle
            if low > first:
                above[low - 1] |= ONE << np.uint64(row)
        # Who is above a cut is above every lower one.
        for cut in range(end - 2, first - 1, -1):
            above[cut] |= above[cut + 1]
        first = end


@part
def _land(first: int, above: Words, forest: Forest, found: Ints) -> None:
    """Write the leaf of each row in each tree from ``first`` on: (n_trees, n_rows)."""
    at = np.empty(forest.widest, dtype=np.uint64)
    rows = found.shape[1]
    at[0] = ALL if rows == ROWS else (ONE << np.uint64(rows)) - ONE
    split = forest.splits_end[first - 1] if first else 0
    leaf = forest.leaves_end[first - 1] if first else 0
    for number in range(len(found)):
        node, end = 0, forest.splits_end[first + number]
        while split < end:
            passes = above[forest.asks[split]]
            at[forest.children[split, 0]] = at[node] & ~passes
            at[forest.children[split, 1]] = at[node] & passes
            split, node = split + 1, node + 1
        end = forest.leaves_end[first + number]
        while leaf < end:
            there = at[node]
            while there:
                lowest = there & (~there + ONE)
                found[number, BIT[(lowest * DE_BRUIJN) >> SHIFT]] = leaf
                there ^= lowest
            leaf, node = leaf + 1, node + 1


@part
def _sum(leaves: Ints, forest: Forest, sums: Floats) -> None:
    """Write the sums of the values of one model's leaves to the first slot: (n_slots, n_rows)."""
    sums[:] = 0
    for number in range(len(leaves)):
        slot = sums[forest.slots[number]]
        for row in range(len(slot)):
            slot[row] += forest.values[leaves[number, row]]
    for step in range(len(forest.steps)):
        to, of = sums[forest.steps[step, 0]], sums[forest.steps[step, 1]]
        for row in range(len(to)):
            to[row] += of[row]


@part
def _move(leaves: Ints, forest: Forest, moves: Floats) -> None:
    """Add what moved each row on its ways: (n_rows, n_features)."""
    for number in range(len(leaves)):
        for row in range(len(moves)):
            leaf = leaves[number, row]
            first = forest.moves_end[leaf - 1] if leaf else 0
            for i in range(first, forest.moves_end[leaf]):
                moves[row, forest.moved[i]] += forest.moves[i]
