"""The order in which numpy adds up: a sum of few terms among many zeros, to its last bit."""

import numpy as np
from numpy.typing import NDArray

_BLOCK = 128
_LANES = 8


def order(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each of ``n`` terms is added, and how those sums are added to one.

    numpy adds in pairs of blocks of up to 128 terms, and in a block in eight lanes
    (``DOUBLE_pairwise_sum``). Terms of zero change no sum: those that are not can be added where
    they belong, in ascending order, and the result is that of ``numpy.sum`` over all of them.

    Returns
    -------
    slots of shape (n,), from 0 on, and steps of shape (n_steps, 2): for each (to, of) in turn the
    sum in ``of`` is added to that in ``to``; the total ends in slot 0.
    """
    slots = np.zeros(n, dtype=np.int64)
    steps: list[tuple[int, int]] = []
    _add(slots, 0, steps)
    return slots, np.array(steps, dtype=np.int64).reshape(len(steps), 2)


def _add(slots: NDArray[np.int64], free: int, steps: list[tuple[int, int]]) -> int:
    """Number the slots of some terms from ``free`` on; return the first that is free after."""
    n = len(slots)
    if n < _LANES:
        slots[:] = free
        return free + 1
    if n > _BLOCK:
        half = n // 2 - n // 2 % _LANES
        middle = _add(slots[:half], free, steps)
        after = _add(slots[half:], middle, steps)
        steps.append((free, middle))
        return after
    whole = n - n % _LANES
    slots[:whole] = free + np.arange(whole) % _LANES
    slots[whole:] = free + _LANES + np.arange(n - whole)
    steps += [(free + a, free + a + apart) for apart in (1, 2, 4) for a in range(0, 8, 2 * apart)]
    steps += [(free, free + _LANES + i) for i in range(n - whole)]
    return free + _LANES + n - whole
