"""The words for what moved a probability: one contribution a group of features."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby

import numpy as np
from pydantic import TypeAdapter

from models.escalation import voice_kernel
from models.escalation.compiled import compiled
from models.escalation.features import FEATURES
from models.escalation.sums import order
from models.escalation.voice_kernel import UNCLEAR, Floats, Ints
from schemas.assessment import Contribution

EXPLAINED = 5
"""How many contributions an assessment carries."""

_KEPT, _COMPARED = 3, 6
"""Digits kept of a group's move, and those by which its members are compared."""

_GROUPS = [
    [i for i, _ in members]
    for _, members in groupby(enumerate(FEATURES), key=lambda found: found[1].group)
]
_PIECES = [tuple(f.words.split("{}")) for f in FEATURES]
_MANY = TypeAdapter(list[tuple[Contribution, ...]])


class Voices:
    """Says what moved rows, against what is usual.

    Features that say much the same share one contribution, the sum of their moves: split among
    them it would tell how the model shares its weights, not what happened. The one that moved
    most that way speaks for them.

    Parameters
    ----------
    usual
        The means of the features in training, in their units: (n_features,).
    """

    def __init__(self, usual: Sequence[float]) -> None:
        self._known = [
            (f.name, before, f"{after} where {number(mean)} is usual", round(mean, 4))
            for f, (before, after), mean in zip(FEATURES, _PIECES, usual, strict=True)
        ]
        self._hear, self._groups = _kernel()

    def contributions(self, rows: Floats, moves: Floats) -> list[tuple[Contribution, ...]]:
        """Return what moved the log-odds of each row most, largest first.

        Parameters
        ----------
        rows, moves
            Features in their units, and what each moved: (n_rows, n_features).
        """
        sums = np.empty((len(rows), len(_GROUPS)))
        speakers = np.empty(sums.shape, dtype=np.int64)
        unclear = 2 * 0.1**_COMPARED, 0.1**_KEPT
        self._hear(np.ascontiguousarray(moves), *self._groups, *unclear, sums, speakers)
        for row, group in np.argwhere(speakers == UNCLEAR):
            moved = round(float(sums[row, group]), _KEPT)
            speakers[row, group] = _speaker(moves[row], moved, _GROUPS[group])
        told = zip(rows.tolist(), sums.tolist(), speakers.tolist(), strict=True)
        return _MANY.validate_python([self._row(*one) for one in told])

    def _row(
        self, row: list[float], sums: list[float], speakers: list[int]
    ) -> list[dict[str, str | float]]:
        """Return the contributions of one row as plain values."""
        moved = [round(s, _KEPT) for s in sums]
        # A stable sort: of two groups that moved as far, the first comes first.
        ranked = sorted(range(len(moved)), key=[-abs(m) for m in moved].__getitem__)
        found: list[dict[str, str | float]] = []
        for group in ranked[:EXPLAINED]:
            value = row[speakers[group]]
            name, before, after, usual = self._known[speakers[group]]
            found.append(
                {
                    "feature": name,
                    "value": value if value.is_integer() else round(value, 4),
                    "usual": usual,
                    "log_odds": moved[group],
                    "words": before + number(value) + after,
                }
            )
        return found


def _speaker(moves: Floats, moved: float, members: Sequence[int]) -> int:
    """Return the member that moved most that way by the digits compared, the first of equals."""
    sign = 1 if moved >= 0 else -1
    return max(members, key=lambda i: (round(sign * float(moves[i]), _COMPARED), -i))


@cache
def _kernel() -> tuple[Callable[..., None], tuple[Ints, Ints, Ints]]:
    """Return what hears the groups, and where they end and how each is added up."""
    slots, steps = np.empty(0, dtype=np.int64), np.empty((0, 2), dtype=np.int64)
    for members in _GROUPS:
        own, after = order(len(members))
        free = slots.max(initial=-1) + 1
        slots, steps = np.append(slots, own + free), np.concatenate((steps, after + free))
    groups = np.cumsum([len(m) for m in _GROUPS]), slots, steps
    none, nobody = np.empty((0, 0)), np.empty((0, 0), dtype=np.int64)
    return compiled(voice_kernel.hear, none, *groups, 0.0, 0.0, none, nobody), groups


def number(x: float) -> str:
    """Return a quantity as one would say it."""
    if x.is_integer() or x >= 10:
        return f"{x:.0f}"
    return f"{x:.2g}" if x >= 0.01 else "almost 0"
