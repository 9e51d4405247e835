"""What warning was given along a whole history: each violent day, and the quiet ones between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from models.domain.leadtimes import RISEN, By, Lead, Track, leads, worst
from models.domain.quiet import Quiet, quiet, quiet_days
from models.domain.spells import Spell, spells
from models.domain.violence import Told, ViolentDay, border_of, dates, is_violent, violent_days
from schemas.assessment import Level


@dataclass(frozen=True, slots=True)
class Limits:
    """``within``: how long before violence a level counts as a warning of it. ``apart`` [days]:
    how far from any violence of its border a day must lie to be quiet.
    """

    within: timedelta = timedelta(days=14)
    apart: int = 14


@dataclass(frozen=True, slots=True)
class Warned:
    """The leads before one violent day: on its own place, and anywhere on its border.

    ``spells`` are those of its own place.
    """

    day: ViolentDay
    here: tuple[Lead, ...]
    border: tuple[Lead, ...]
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """All leads, and the quiet days: of segments, each from its first report on, and of borders.

    ``undated`` are violent incidents that are known no better than to the week: they make days
    unquiet, and have no lead.
    """

    warned: tuple[Warned, ...]
    quiet_segments: tuple[Quiet, ...]
    quiet_borders: tuple[Quiet, ...]
    undated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Of ``days`` violent days: before how many a level was reached, and still stood.

    ``median_hours`` [h] is for how long it then stood, without a break, when the violence began: a
    level that had lapsed warned of nothing. None where it never did.
    """

    by: By
    level: Level
    days: int
    before: int
    standing: int
    median_hours: float | None


def summary(found: Sequence[Sequence[Lead]]) -> list[Summary]:
    """Return, for each level and by each, what the leads of all violent days come to."""
    return [_summary(by, level, found) for by in By for level in RISEN]


def measure(
    history: Iterable[Told], tracks: Mapping[str, Track], last: date, limits: Limits
) -> Measured:
    """Return what warning ``tracks`` gave of the violence in ``history``.

    Parameters
    ----------
    history
        The last word on each incident that counts.
    tracks
        By segment, and by border for what counts on a border as a whole.
    last
        The day of the last report: what lies after it cannot be told to be quiet.
    """
    known = sorted(history, key=lambda t: t.report.incident_id)
    violent = violent_days(known)
    borders = {border: _along(border, tracks) for border in sorted(set(map(border_of, tracks)))}
    calm = {
        border: quiet_days(dates(known, border), _first(along), last, limits.apart)
        for border, along in borders.items()
    }
    segments = [
        (along, {d for d in calm[border_of(place)] if d >= _first(along)})
        for place, along in tracks.items()
    ]
    whole = [(along, calm[border]) for border, along in borders.items()]
    dated = {name for day in violent for name in day.incidents}
    return Measured(
        tuple(
            Warned(
                day,
                tuple(leads(day, tracks.get(day.place, ()), limits.within)),
                tuple(leads(day, borders.get(border_of(day.place), ()), limits.within)),
                spells(day, tracks.get(day.place, ()), limits.within),
            )
            for day in violent
        ),
        tuple(quiet(segments, by) for by in By),
        tuple(quiet(whole, by) for by in By),
        tuple(
            t.report.incident_id
            for t in known
            if is_violent(t.report) and t.report.incident_id not in dated
        ),
    )


def _summary(by: By, level: Level, found: Sequence[Sequence[Lead]]) -> Summary:
    own = [lead for leads in found for lead in leads if (lead.by, lead.level) == (by, level)]
    ahead = sum(1 for lead in own if lead.hours is not None and lead.hours > 0)
    stood = [lead.unbroken_hours for lead in own if lead.unbroken_hours]
    return Summary(by, level, len(own), ahead, len(stood), median(stood) if stood else None)


def _along(border: str, tracks: Mapping[str, Track]) -> Track:
    return worst([(place, along) for place, along in tracks.items() if border_of(place) == border])


def _first(along: Track) -> date:
    """Return the day of the first report: every segment is assessed with it, and not before."""
    return along[0].since.date()
