"""What the model predicts: functions of the days that follow a moment, and of nothing later."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

ESCALATION_DEATHS = 5
ESCALATION_RATIO = 2.0
BASE_DAYS = 180
HORIZON_DAYS = 14
QUIET_DAYS = 60


@dataclass(frozen=True, slots=True)
class Label:
    """One question about the days after a forecast."""

    name: str
    horizon_days: int


ASKED: tuple[Label, ...] = (
    Label("escalation_14d", HORIZON_DAYS),
    Label("fatal_7d", 7),
    Label("fatal_14d", HORIZON_DAYS),
    Label("onset_14d", HORIZON_DAYS),
)
ALERTING = "escalation_14d"
"""The label whose probability makes the model's level."""

ONSET = "onset_14d"
"""The label that is only asked where there was quiet."""

LABELS: tuple[str, ...] = tuple(label.name for label in ASKED)


class DeathsByDay:
    """Deaths and fatal incidents of one segment by the day on which they ended.

    An event of several days counts on its last one, when its toll is known.

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

    def first(self, first: int, last: int) -> int:
        """Return the first day from ``first`` to ``last`` with a fatal incident, or -1."""
        at = bisect_left(self._days, first)
        return self._days[at] if at < len(self._days) and self._days[at] <= last else -1


def labels(history: DeathsByDay, today: int) -> tuple[float, ...]:
    """Return the labels of a forecast issued at 00:00 UTC of ``today``, in order of ``ASKED``.

    Each is 1 or 0, or NaN where the question does not arise: there is no onset on a segment that
    has not been quiet. The horizon starts with ``today`` itself, none of which is known yet.
    Escalation: the deaths of the next 14 days reach 5 and twice what 14 days brought on average
    over the last 180.
    """
    _, before = history.between(today - BASE_DAYS, today - 1)
    fatal_14, ahead = history.between(today, today + HORIZON_DAYS - 1)
    fatal_7, _ = history.between(today, today + 6)
    recent, _ = history.between(today - QUIET_DAYS, today - 1)
    usual = before * HORIZON_DAYS / BASE_DAYS
    escalates = ahead >= ESCALATION_DEATHS and ahead >= ESCALATION_RATIO * usual
    onset = float("nan") if recent else float(fatal_14 > 0)
    return float(escalates), float(fatal_7 > 0), float(fatal_14 > 0), onset
