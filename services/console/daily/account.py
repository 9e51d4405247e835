"""The account of each border: what of a day is told of it, put together from the digest: pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import IncidentReport, TimePrecision, Toll, When
from services.console.daily.day import Day
from services.console.daily.digest import Digest, Happened
from services.console.daily.events import Linked, linked
from services.console.daily.totals import Event, worst
from services.console.segment.timeline import CLOCKED, distinct
from services.ledger.answers import Revision
from services.ledger.counted import Counts
from services.ledger.levels import Stands
from services.ledger.one_incident import Whole

TOLD = (
    Transition.RAISED,
    Transition.ESCALATED,
    Transition.DE_ESCALATED,
    Transition.CORRECTED,
    Transition.RESOLVED,
    Transition.EXPIRED,
)
"""The transitions that are told one by one; of the others how many there were."""

PlaceBorder = Mapping[str, str]
"""The border of each watched place: a segment, or a border as a whole."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A place above normal, or one whose level is another than the day before."""

    place_id: str
    before: Stands | None
    after: Stands | None

    @property
    def changed(self) -> bool:
        """Whether the level is another one; what was never assessed was at normal."""
        return _level(self.before) is not _level(self.after)


@dataclass(frozen=True, slots=True)
class Item:
    """An incident on a place.

    Parameters
    ----------
    why
        Why the last revision corrects or retracts.
    grade
        Of its event; None: it does not count here.
    head
        The incident that it is counted together with, as one.
    goes_on
        Whether it began on an earlier day, and is counted there.
    """

    place_id: str
    report: IncidentReport
    status: str
    why: str | None
    grade: str | None
    head: str | None
    goes_on: bool

    @property
    def retracted(self) -> bool:
        """Whether the reporter has taken it back."""
        return self.status == "retracted"


@dataclass(frozen=True, slots=True)
class News:
    """What became known on the day of an incident of another day.

    Parameters
    ----------
    at
        When the last report of the day was recorded.
    before
        The toll that was known before; None: nothing was known of the incident.
    """

    at: datetime
    report: IncidentReport
    status: str
    why: str | None
    before: Toll | None
    place_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Account:
    """What is told of a border; ``others`` counts the transitions that are not told one by one."""

    border_id: str
    levels: Mapping[Level | None, int]
    moved: Sequence[Moved]
    alerts: Sequence[Alert]
    others: Mapping[Transition, int]
    items: Sequence[Item]
    today: Sequence[Event]
    earlier: Sequence[Event]
    news: Sequence[News]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell but that."""
        return not (self.moved or self.alerts or self.others or self.items or self.news)


def accounts(digest: Digest, border_of: PlaceBorder) -> list[Account]:
    """Return the account of every watched border, the one with the worst level first."""
    together = linked(digest.incidents, digest.said)
    of_border: dict[str, list[str]] = defaultdict(list)
    for place, border in border_of.items():
        of_border[border].append(place)
    alerts, happened, news = _by_border(digest, border_of)
    found = [
        Account(
            border,
            Counter(_known(digest.after.get(place)) for place in places),
            _moved(digest, places),
            [told for told in alerts[border] if told.transition in TOLD],
            Counter(t.transition for t in alerts[border] if t.transition not in TOLD),
            _items(digest.day, happened[border], together, set(places)),
            _events(digest.day, happened[border], together, set(places), today=True),
            _events(digest.day, happened[border], together, set(places), today=False),
            news[border],
        )
        for border, places in of_border.items()
    ]
    return sorted(found, key=lambda one: (-_rank(one), one.border_id))


def _by_border(
    digest: Digest, border_of: PlaceBorder
) -> tuple[dict[str, list[Alert]], dict[str, list[Happened]], dict[str, list[News]]]:
    alerts, happened, news = defaultdict(list), defaultdict(list), defaultdict(list)
    for told in digest.alerts:
        if told.segment_id in border_of:
            alerts[border_of[told.segment_id]].append(told)
    for one in digest.incidents:
        for border in _borders(one.counts, border_of):
            happened[border].append(one)
    for whole, counts in digest.news:
        heard = news_of(whole, counts, digest.day)
        if heard is not None:
            for border in _borders(counts, border_of):
                news[border].append(heard)
    return alerts, happened, news


def _borders(counts: Iterable[Counts], border_of: PlaceBorder) -> set[str]:
    return {border_of[c.place_id] for c in counts if c.place_id in border_of}


def places_of(counts: Sequence[Counts]) -> list[str]:
    """Return where an incident counts; one that does not any more: where it did."""
    return [c.place_id for c in counts if c.stands] or [c.place_id for c in counts]


def on_day(when: When) -> date | None:
    """Return the day on which something began; None where that is not known to the day."""
    known = when.precision in (*CLOCKED, TimePrecision.DAY)
    return when.start.date() if known else None


def news_of(whole: Whole, counts: Sequence[Counts], day: Day) -> News | None:
    """Return what was recorded on a day of an incident of another one; None: of the same day."""
    standing = [one for one in distinct(whole.revisions) if not one.refused]
    known = [one for one in standing if one.recorded_at <= day.last]
    last, newest = _last(known), max(known, key=_number, default=None)
    # A report that came after a later one of the same incident says nothing new.
    if last is None or newest is None or newest.recorded_at < day.begin:
        return None
    if on_day(last.occurred) == day.on:
        return None
    before = _last(one for one in known if one.recorded_at < day.begin)
    return News(
        newest.recorded_at,
        last,
        newest.incident.status,
        newest.incident.status_reason,
        before.fatalities if before is not None else None,
        places_of(counts),
    )


def _number(one: Revision) -> int:
    return one.incident.revision


def _last(revisions: Iterable[Revision]) -> IncidentReport | None:
    """Return the last report that says what happened."""
    told = [one.incident for one in revisions if isinstance(one.incident, IncidentReport)]
    return max(told, key=lambda said: said.revision, default=None)


def _items(
    day: Day, incidents: Iterable[Happened], together: Linked, places: set[str]
) -> list[Item]:
    """Return the incidents of the day, and those that went on, by place and in order of time."""
    found = []
    for told in incidents:
        began = on_day(told.report.occurred)
        ended = (told.report.occurred.end or told.report.occurred.start).date()
        if began is None or not began <= day.on <= ended:
            continue
        for place in places_of(told.counts):
            if place in places:
                here = (place, told.report.incident_id)
                found.append(
                    Item(
                        place, told.report, told.status, told.why, together.grades.get(here),
                        together.heads.get(here), began < day.on,
                    )
                )  # fmt: skip
    return sorted(found, key=lambda item: item.place_id)


def _events(
    day: Day, incidents: Iterable[Happened], together: Linked, places: set[str], *, today: bool
) -> list[Event]:
    """Return the events that began on the day or before it; a retracted report tells of none."""
    heads = {name: head for (place, name), head in together.heads.items() if place in places}
    members: dict[str, list[IncidentReport]] = defaultdict(list)
    for told in incidents:
        if any(counts.stands for counts in told.counts):
            name = told.report.incident_id
            members[heads.get(name, name)].append(told.report)
    found = []
    for name, reports in members.items():
        head = next((one for one in reports if one.incident_id == name), reports[0])
        began = on_day(head.occurred)
        if began is not None and (began == day.on) is today and began >= day.beside:
            killed, injured = ([getattr(one, f) for one in reports] for f in _TOLLS)
            found.append(Event(head.sub_event_type, worst(killed), worst(injured)))
    return found


_TOLLS = ("fatalities", "injured")


def _moved(digest: Digest, places: Iterable[str]) -> list[Moved]:
    found = [Moved(p, digest.before.get(p), digest.after.get(p)) for p in places]
    told = [m for m in found if m.changed or _level(m.after) is not Level.NORMAL]
    return sorted(told, key=lambda m: (-_level(m.after).rank, -_level(m.before).rank, m.place_id))


def _level(stands: Stands | None) -> Level:
    return stands.level if stands is not None else Level.NORMAL


def _known(stands: Stands | None) -> Level | None:
    return stands.level if stands is not None else None


def _rank(account: Account) -> int:
    return max((_level(moved.after).rank for moved in account.moved), default=0)
