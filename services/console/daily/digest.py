"""What the ledger holds of a day, read at once, whatever border it is about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from schemas.alert import Alert
from schemas.incident import IncidentReport, Traffic
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED
from services.console.daily.day import BESIDE, MOMENT, Day, day_of
from services.console.view import View
from services.ledger import arrivals, levels, one_incident, reports
from services.ledger.arrivals import Span
from services.ledger.counted import Counts, counted, said_of_pairs
from services.ledger.levels import Stands
from services.ledger.located import Area
from services.ledger.one_incident import Whole
from services.ledger.paging import Known, Window, positions
from services.ledger.reports import Reported, ReportsWanted

TOPICS = tuple(t.name for t in (ALERTS, ASSESSMENTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED))
"""What a digest is made of."""

STATUSES = ("reported", "confirmed", "corrected", "retracted")

MOST_NEWS = 200
"""Of how many incidents of earlier days it is told at most what became known of them."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which day and border; None: the last day that is known of, every border."""

    view: View
    day: date | None
    border_id: str | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident: its last report, the status and the reason of its last revision, its places."""

    report: IncidentReport
    status: str
    why: str | None
    counts: Sequence[Counts]


@dataclass(frozen=True, slots=True)
class Digest:
    """What was known of a day.

    Parameters
    ----------
    heard, beat
        The latest record time of an assessment, and of one that a heartbeat led to.
    before, after
        Where each place stood before the day and at its end.
    alerts
        The transitions that were recorded on the day, in order.
    incidents
        Those of the day and of the ``BESIDE`` days before it, in order of their beginning.
    said
        What operators said of pairs of incidents, by place.
    news
        Of which incidents, that day or another one's, a report was recorded on the day; with
        where they count.
    more_news
        How many of other days are left out.
    """

    day: Day
    heard: datetime | None
    beat: datetime | None
    before: Mapping[str, Stands]
    after: Mapping[str, Stands]
    alerts: Sequence[Alert]
    incidents: Sequence[Happened]
    said: Mapping[str, Mapping[tuple[str, str], bool]]
    news: Sequence[tuple[Whole, Sequence[Counts]]]
    more_news: int


def digest(
    ledger: Engine, asked: Asked, now: Callable[[datetime | None], datetime], watched: set[str]
) -> Digest | None:
    """Return what is known of the day that is asked for; None where nothing ever was.

    Parameters
    ----------
    now
        The latest record time -> the present, which is that of the log where one is replayed.
    watched
        The places that it is about.
    """
    at = positions(ledger, TOPICS)
    traffic = asked.view.traffic
    heard = _heard(ledger, traffic, Known(at, asked.view.as_of))
    if heard is None:
        return None
    day = day_of(asked.day or heard.date(), asked.view.as_of, now(heard))
    known, then = Known(at, day.until), Known(at, day.last)
    span = Span(day.begin, day.last + MOMENT)
    after = levels.levels(ledger, traffic, then)
    beat = _latest(levels.levels(ledger, Traffic.HEARTBEAT, then))
    news, more = _news(ledger, traffic, known, span, watched)
    return Digest(
        day,
        max((t for t in (_latest(after), beat) if t is not None), default=None),
        beat,
        levels.levels(ledger, traffic, Known(at, min(day.begin - MOMENT, day.until))),
        after,
        arrivals.transitions(ledger, traffic, known, span),
        tuple(_incidents(ledger, asked, known, day)),
        said_of_pairs(ledger, traffic, known),
        news,
        more,
    )


def _heard(ledger: Engine, traffic: Traffic, known: Known) -> datetime | None:
    kinds = {traffic, Traffic.HEARTBEAT}
    found = [_latest(levels.levels(ledger, kind, known)) for kind in kinds]
    return max((at for at in found if at is not None), default=None)


def _latest(standing: Mapping[str, Stands]) -> datetime | None:
    return max((stands.assessed_at for stands in standing.values()), default=None)


def _incidents(ledger: Engine, asked: Asked, known: Known, day: Day) -> Iterator[Happened]:
    traffic = asked.view.traffic
    wanted = ReportsWanted(
        traffic, STATUSES, Area(border_id=asked.border_id),
        since=day.begin - timedelta(days=BESIDE), until=day.end,
    )  # fmt: skip
    found: list[Reported] = []
    window = Window(_PAGE)
    while True:
        page = reports.page(ledger, wanted, known, window, classified=False)
        found += page.items
        if page.last is None:
            break
        window = Window(_PAGE, page.last)
    places = counted(ledger, [told.report.incident_id for told in found], traffic, known)
    for told in reversed(found):
        name, why = told.report.incident_id, told.report.status_reason
        if told.status == "retracted":
            why = _why(one_incident.whole(ledger, name, known, classified=False))
        yield Happened(told.report, told.status, why, places.get(name, ()))


def _why(whole: Whole | None) -> str | None:
    """Return the reason that the last revision gives."""
    standing = [one.incident for one in whole.revisions if not one.refused] if whole else []
    return max(standing, key=lambda said: said.revision).status_reason if standing else None


def _news(
    ledger: Engine, traffic: Traffic, known: Known, span: Span, watched: set[str]
) -> tuple[tuple[tuple[Whole, Sequence[Counts]], ...], int]:
    names = arrivals.reported(ledger, traffic, known, span)
    places = counted(ledger, names, traffic, known)
    here = [n for n in names if any(c.place_id in watched for c in places.get(n, ()))]
    found = [
        (whole, places[name])
        for name in here[:MOST_NEWS]
        if (whole := one_incident.whole(ledger, name, known, classified=False)) is not None
    ]
    return tuple(found), max(0, len(here) - MOST_NEWS)
