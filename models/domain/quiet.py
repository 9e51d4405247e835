"""How often each level stood while nothing violent was near: what early warnings cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from models.domain.leadtimes import RISEN, By, Track
from schemas.assessment import Level

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """On how many of ``days`` quiet days each level or a worse one stood at any moment."""

    by: By
    days: int
    stood: tuple[tuple[Level, int], ...]

    def share(self, level: Level) -> float | None:
        """Return the share of days with ``level`` or worse, 0 to 1; None of no days."""
        return dict(self.stood)[level] / self.days if self.days else None


def quiet_days(violent: set[date], first: date, last: date, apart: int) -> set[date]:
    """Return the days from ``first`` to ``last`` without violence within ``apart`` days."""
    days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    near = {day.toordinal() + n for day in violent for n in range(-apart, apart + 1)}
    return {day for day in days if day.toordinal() not in near}


def quiet(tracks: Sequence[tuple[Track, set[date]]], by: By) -> Quiet:
    """Return how often each level stood on the quiet days of ``tracks``, all counted together."""
    stood = dict.fromkeys(RISEN, 0)
    for along, days in tracks:
        last = max(days, default=date.min)
        ranks = _ranks(along, by, last)
        for level in RISEN:
            stood[level] += sum(1 for d, rank in ranks.items() if rank >= level.rank and d in days)
    return Quiet(by, sum(len(days) for _, days in tracks), tuple(stood.items()))


def _ranks(along: Track, by: By, last: date) -> dict[date, int]:
    """Return the worst rank of each day up to ``last`` on which any level stood."""
    ends = _midnight(last + _DAY)
    ranks: dict[date, int] = {}
    for standing, after in zip(along, [s.since for s in along[1:]] + [ends], strict=False):
        day, until, rank = standing.since.date(), min(after, ends), standing.level(by).rank
        while rank and _midnight(day) < until:
            ranks[day] = max(rank, ranks.get(day, 0))
            day += _DAY
    return ranks


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
