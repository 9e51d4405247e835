"""What the model predicts: functions of the days that follow a moment, and of nothing later."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

LABELS = ("escalation_14d", "fatal_7d", "fatal_14d")

ESCALATION_DEATHS = 5
ESCALATION_RATIO = 2.0
BASE_DAYS = 180
HORIZON_DAYS = 14


class DeathsByDay:
    """Deaths and fatal incidents of one segment by the day on which they ended.

    Parameters
    ----------
    days
        Proleptic ordinals, ascending, one per fatal incident.
    deaths
        [persons] of each, at least 1.
    """

    def __init__(self, days: Sequence[int], deaths: Sequence[int]) -> None:
        self._days = days
        self._total = [0, *accumulate(deaths)]

    def between(self, first: int, last: int) -> tuple[int, int]:
        """Return (fatal incidents, deaths) on the days ``first`` to ``last``, both included."""
        low, high = bisect_left(self._days, first), bisect_left(self._days, last + 1)
        return high - low, self._total[high] - self._total[low]


def labels(history: DeathsByDay, today: int) -> tuple[bool, bool, bool]:
    """Return the labels of a forecast issued at 00:00 UTC of ``today``, in order of ``LABELS``.

    The horizon starts with ``today`` itself, none of which is known yet. Escalation: the deaths of
    the next 14 days reach 5 and twice what 14 days brought on average over the last 180.
    """
    _, before = history.between(today - BASE_DAYS, today - 1)
    fatal_14, ahead = history.between(today, today + HORIZON_DAYS - 1)
    fatal_7, _ = history.between(today, today + 6)
    usual = before * HORIZON_DAYS / BASE_DAYS
    escalates = ahead >= ESCALATION_DEATHS and ahead >= ESCALATION_RATIO * usual
    return escalates, fatal_7 > 0, fatal_14 > 0
