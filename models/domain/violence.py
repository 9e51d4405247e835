"""Which days of a history were violent, where, and from what moment on: by its last word."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from schemas.incident import IncidentReport, IncidentRetraction, TimePrecision, Toll
from schemas.taxonomy import STEP_OF, Step

_TO_THE_HOUR = frozenset({TimePrecision.MINUTE, TimePrecision.HOUR})
_TO_THE_DAY = _TO_THE_HOUR | {TimePrecision.DAY}

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """The last word on one incident, and where it counts.

    ``deaths_known_at`` is the record time of the first revision that told of a death; a later one
    may take the death back, and the moment with it.
    """

    place: str
    report: IncidentReport
    deaths_known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ViolentDay:
    """A UTC day on which violence began on a segment, or on a border as a whole.

    ``begins`` is the moment of the first shot, death or injury; where one of the day's incidents is
    known to the day only, ``to_the_hour`` is False and it is 00:00 UTC, so that a lead before it
    is the least that it can have been. ``deaths_known`` is when the first death was on record.
    """

    day: date
    place: str
    begins: datetime
    to_the_hour: bool
    deaths_known: datetime | None
    incidents: tuple[str, ...]
    words: str


def border_of(place: str) -> str:
    """Return the border of a segment or of itself: an id begins with the two countries."""
    return "-".join(place.split("-")[:2])


def told(
    before: Told | None, data: IncidentReport | IncidentRetraction, place: str | None, at: datetime
) -> Told | None:
    """Return what is believed after a revision recorded ``at``; None for what counts nowhere."""
    if isinstance(data, IncidentRetraction) or place is None:
        return None
    after = Told(place, data, before.deaths_known_at if before else None)
    if not _hurts(data.fatalities):
        return replace(after, deaths_known_at=None)
    return replace(after, deaths_known_at=after.deaths_known_at or at)


def is_violent(report: IncidentReport) -> bool:
    """Tell whether anybody was shot at, hurt or killed; unknown is no."""
    steps = [*report.steps, STEP_OF.get(report.sub_event_type)]
    shots = any(step is not None and step >= Step.SHOTS for step in steps)
    return shots or _hurts(report.fatalities) or _hurts(report.injured)


def violent_days(history: Iterable[Told]) -> list[ViolentDay]:
    """Return the days on which violence began, in order.

    What is known no better than to the week begins on no day.
    """
    by_day: dict[tuple[date, str], list[Told]] = defaultdict(list)
    for one in history:
        occurred = one.report.occurred
        if is_violent(one.report) and occurred.precision in _TO_THE_DAY:
            by_day[_day(occurred.start), one.place].append(one)
    return [_violent_day(day, place, found) for (day, place), found in sorted(by_day.items())]


def dates(history: Iterable[Told], border_id: str) -> set[date]:
    """Return every day on which there was, or may have been, violence anywhere on a border."""
    return {
        day
        for one in history
        if border_of(one.place) == border_id and is_violent(one.report)
        for day in _span(one.report)
    }


def _violent_day(day: date, place: str, found: list[Told]) -> ViolentDay:
    found = sorted(found, key=lambda t: (t.report.occurred.start, t.report.incident_id))
    to_the_hour = all(t.report.occurred.precision in _TO_THE_HOUR for t in found)
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    deaths = [t.deaths_known_at for t in found if t.deaths_known_at is not None]
    first = found[0].report
    return ViolentDay(
        day=day,
        place=place,
        begins=first.occurred.start if to_the_hour else midnight,
        to_the_hour=to_the_hour,
        deaths_known=min(deaths, default=None),
        incidents=tuple(t.report.incident_id for t in found),
        words=f"{first.sub_event_type} at {first.place.name}",
    )


def _span(report: IncidentReport) -> Iterator[date]:
    occurred = report.occurred
    day, last = _day(occurred.start), _day(occurred.end or occurred.start)
    while day <= last:
        yield day
        day += _DAY


def _hurts(toll: Toll) -> bool:
    counts = [toll.low, toll.best, *(n for c in toll.claims for n in (c.low, c.best))]
    return any(n for n in counts if n is not None)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
