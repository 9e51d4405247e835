"""Contributions one row at a time: what those of whole batches are held against."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from models.escalation.features import FEATURES
from models.escalation.voices import EXPLAINED, number
from schemas.assessment import Contribution

_GROUPS = [
    (group, [i for i, _ in members])
    for group, members in groupby(enumerate(FEATURES), key=lambda found: found[1].group)
]


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
