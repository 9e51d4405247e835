"""What each group of features moved, and which of them says so, compiled."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNCLEAR = -1
"""The speaker where the digits kept may not tell two that moved alike apart, or a side from 0."""


def hear(
    moves: Floats,
    ends: Ints,
    slots: Ints,
    steps: Ints,
    alike: float,
    nothing: float,
    sums: Floats,
    speakers: Ints,
) -> None:
    """Write the sum of each group, and its member that moved most to the side of the sum.

    Parameters
    ----------
    moves
        Of each feature, one group after the other: (n_rows, n_features).
    ends
        Where the members of each group end: (n_groups,).
    slots, steps
        The order of the sums (``sums.order``), in slots of all groups; each group's total ends in
        the slot of its first member.
    alike
        How much less than the most may be no different.
    nothing
        How far below 0 a sum may count as 0.
    sums, speakers
        Written to: (n_rows, n_groups).
    """
    partial = np.empty(slots.max() + 1)
    for row in range(len(moves)):
        partial[:] = 0
        for i in range(len(slots)):
            partial[slots[i]] += moves[row, i]
        for step in range(len(steps)):
            partial[steps[step, 0]] += partial[steps[step, 1]]
        start = 0
        for group in range(len(ends)):
            sums[row, group] = partial[slots[start]]
            sign = 1.0 if sums[row, group] >= 0 else -1.0
            most, speaker, rivals = -np.inf, UNCLEAR, 0
            for i in range(start, ends[group]):
                if sign * moves[row, i] > most:
                    most, speaker = sign * moves[row, i], i
            for i in range(start, ends[group]):
                rivals += sign * moves[row, i] >= most - alike
            clear = rivals == 1 and not -nothing < sums[row, group] < 0
            speakers[row, group] = speaker if clear else UNCLEAR
            start = ends[group]
