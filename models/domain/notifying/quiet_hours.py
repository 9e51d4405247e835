"""The hours in which a receiver is told only of what cannot wait."""

import datetime as dt
from dataclasses import dataclass

from schemas.assessment import Level

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of local time on some days of the week, and below which level it holds news back.

    Parameters
    ----------
    days
        On which days it begins: 0 for Monday up to 6 for Sunday.
    begins, ends
        Local times; one that ends at or before it begins ends on the day after.
    """

    zone: dt.tzinfo
    days: tuple[int, ...]
    begins: dt.time
    ends: dt.time
    below: Level

    def until(self, moment: dt.datetime) -> dt.datetime | None:
        """Return when the quiet hours that hold at ``moment`` end; None outside of them."""
        local = moment.astimezone(self.zone).date()
        for day in (local - _DAY, local):
            if day.weekday() not in self.days:
                continue
            begin, end = self._at(day, self.begins), self._end(day)
            if begin <= moment < end:
                return end
        return None

    def _end(self, day: dt.date) -> dt.datetime:
        return self._at(day + _DAY if self.ends <= self.begins else day, self.ends)

    def _at(self, day: dt.date, clock: dt.time) -> dt.datetime:
        # Two times of one zone would be compared by the clock, which summer time sets back.
        return dt.datetime.combine(day, clock, self.zone).astimezone(dt.UTC)


def held_until(
    quiet: tuple[QuietHours, ...], level: Level, moment: dt.datetime
) -> dt.datetime | None:
    """Return until when news of ``level`` is held back; None if it is not."""
    ends = (q.until(moment) for q in quiet if level.rank < q.below.rank)
    return max((end for end in ends if end is not None), default=None)
