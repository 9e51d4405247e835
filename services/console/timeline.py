"""A ledger's time as a slider has it: its steps, the plot above it, where to look; all pure."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from schemas.assessment import Level
from services.ledger.timeline import Change

MOST_STEPS = 5_000
"""How many steps the slider has at most."""

STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60)
)
"""What one step may be: what a reader counts in."""

PACES = tuple(timedelta(hours=hours) for hours in (1 / 60, 1, 6, 24, 7 * 24, 30 * 24, 180 * 24))
"""How much of the log's time may pass in a second."""

SHORTEST_S, LONGEST_S = 10, 900
"""How long all of it takes to play at the fastest and at the slowest pace that is offered [s]."""

PLEASANT_S = 120
"""About how long all of it takes to play unless another pace is chosen [s]."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``since`` until the next stretch ``open`` alerts stood, the worst at ``worst``."""

    since: datetime
    open: int
    worst: Level | None


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month or a day in which alerts stood.

    Parameters
    ----------
    start
        When it began (UTC).
    peak
        Its worst stretch; of equals the first.
    most
        The most alerts that stood at once.
    """

    start: datetime
    peak: Stretch
    most: int


def step(first: datetime, last: datetime) -> timedelta:
    """Return the smallest step with which the slider has not too many."""
    return next((one for one in STEPS if (last - first) / one <= MOST_STEPS), STEPS[-1])


def floor(at: datetime, by: timedelta) -> datetime:
    """Return the last moment at or before ``at`` that a whole number of steps leads to."""
    return at - (at - datetime(1970, 1, 1, tzinfo=UTC)) % by


def paces(first: datetime, last: datetime) -> tuple[list[timedelta], timedelta]:
    """Return how much time may pass in a second, and the pace to begin with."""
    span = last - first
    offered = [p for p in PACES if SHORTEST_S <= span / p <= LONGEST_S] or [PACES[0]]
    return offered, min(offered, key=lambda pace: abs(span / pace - PLEASANT_S))


def stretches(changes: Iterable[Change]) -> list[Stretch]:
    """Return how many alerts stood over time.

    Parameters
    ----------
    changes
        In order of their recording; those at one moment count together.
    """
    stood: dict[str, Change] = {}
    levels: Counter[Level] = Counter()
    found: list[Stretch] = []
    for change in changes:
        before = stood.get(change.alert_id)
        if before is not None and before.sequence > change.sequence:
            continue
        stood[change.alert_id] = change
        if before is not None and before.level is not None:
            levels[before.level] -= 1
        if change.level is not None:
            levels[change.level] += 1
        present = [level for level in Level if levels[level]]
        now = Stretch(change.at, levels.total(), Level.worst(*present) if present else None)
        if found and found[-1].since == change.at:
            found.pop()
        found.append(now)
    return found


def columns(
    course: Sequence[Stretch], first: datetime, last: datetime, count: int
) -> list[tuple[int, Level | None]]:
    """Return, of each of ``count`` equal parts of the time, the most open and the worst level."""
    width = max((last - first) / count, timedelta(microseconds=1))
    found: list[tuple[int, Level | None]] = [(0, None)] * count
    for stretch, end in _with_ends(course, last):
        begin = min(count - 1, (stretch.since - first) // width)
        until = min(count - 1, -((first - end) // width) - 1)
        for part in range(begin, max(begin, until) + 1):
            found[part] = _worse(found[part], stretch)
    return found


def periods(course: Sequence[Stretch], first: datetime, last: datetime) -> list[Period]:
    """Return the years, months or days, by the span, in which alerts stood; the last one first."""
    form = _form(last - first)
    found: dict[datetime, Period] = {}
    for stretch, end in _with_ends(course, last):
        if stretch.worst is None:
            continue
        for start in _starts(form, stretch.since, end):
            here = replace(stretch, since=max(stretch.since, start))
            known = found.get(start, Period(start, here, 0))
            peak = here if _badness(here) > _badness(known.peak) else known.peak
            found[start] = Period(start, peak, max(here.open, known.most))
    return [found[start] for start in sorted(found, reverse=True)]


def named(period: Period, first: datetime, last: datetime) -> str:
    """Return a period of such a span as ISO 8601 writes it: 2021, 2021-04 or 2021-04-29."""
    return f"{period.start:{_form(last - first)}}"


def beside(course: Sequence[Stretch], at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the last moment before ``at`` and the first one after it at which alerts changed."""
    moments = [stretch.since for stretch in course]
    before, after = bisect_left(moments, at), bisect_right(moments, at)
    return (
        moments[before - 1] if before else None,
        moments[after] if after < len(moments) else None,
    )


def _form(span: timedelta) -> str:
    """Return how a period of a time of such length is written."""
    if span > timedelta(days=3 * 365):
        return "%Y"
    return "%Y-%m" if span > timedelta(days=90) else "%Y-%m-%d"


def _starts(form: str, since: datetime, end: datetime) -> Iterator[datetime]:
    """Yield when each period began that lies in a stretch, the one that it began in among them."""
    start = _start(form, since)
    # Whatever the period's length, so many days later is in the next one, near its beginning.
    days = timedelta(days={"%Y": 366, "%Y-%m": 31, "%Y-%m-%d": 1}[form])
    yield start
    while (start := _start(form, start + days)) < end:
        yield start


def _start(form: str, at: datetime) -> datetime:
    return datetime.strptime(f"{at:{form}}", form).replace(tzinfo=UTC)


def _with_ends(course: Sequence[Stretch], last: datetime) -> Iterator[tuple[Stretch, datetime]]:
    for number, stretch in enumerate(course):
        yield stretch, course[number + 1].since if number + 1 < len(course) else last


def _worse(known: tuple[int, Level | None], other: Stretch) -> tuple[int, Level | None]:
    most, worst = known
    levels = [level for level in (worst, other.worst) if level is not None]
    return max(most, other.open), Level.worst(*levels) if levels else None


def _badness(stretch: Stretch) -> tuple[int, int]:
    return stretch.worst.rank if stretch.worst else -1, stretch.open
