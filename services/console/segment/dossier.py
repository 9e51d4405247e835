"""What the page of a segment shows of the ledger, read at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from schemas.assessment import Assessment
from schemas.incident import Incident
from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED
from services.console.view import View
from services.ledger import course, episodes, one_incident, reports
from services.ledger.answers import Episode
from services.ledger.course import Point
from services.ledger.episodes import AlertsWanted
from services.ledger.located import Area
from services.ledger.one_incident import Whole
from services.ledger.paging import Known, Positions, Window, positions
from services.ledger.queries import Queries
from services.ledger.reports import Reported, ReportsWanted

TOPICS = tuple(t.name for t in (ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED))
"""What a dossier is made of."""

MOST_INCIDENTS, MOST_ALERTS = 50, 50
"""How many of each are shown at most, the latest first; the API has all of them."""

STATUSES = ("reported", "confirmed", "corrected", "retracted")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which place, over how long, and who looks.

    Parameters
    ----------
    place_id
        A segment or a border as a whole.
    classified
        Whether the one who looks may see who reported.
    shown
        An incident -> the same with the names of its sources, where those can still be told.
    """

    place_id: str
    view: View
    days: int
    classified: bool
    shown: Callable[[Incident], Incident]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of a segment, or was known at a moment.

    Parameters
    ----------
    since
        From when on the course, the alerts and the incidents are told.
    course
        What was said of the risk, in order of time; the first point may lie before ``since``.
    step_since
        Since when the ladder's step has stood.
    alerts, incidents
        The latest first; ``more`` says that earlier incidents are left out.
    """

    since: datetime
    course: tuple[Point, ...]
    assessment: Assessment | None
    step_since: datetime | None
    alerts: tuple[Episode, ...]
    incidents: tuple[tuple[Reported, Whole], ...]
    more: bool


class Reader:
    """Reads a dossier again when the ledger has moved on since it was read last."""

    def __init__(self, ledger: Engine, asked: Asked) -> None:
        self._ledger, self._asked = ledger, asked
        self._known: tuple[Positions, Dossier] | None = None

    def read(self, now: datetime) -> Dossier:
        """Return the dossier of ``now``, which may have been read somewhat earlier."""
        at = positions(self._ledger, TOPICS)
        if self._known is None or self._known[0] != at:
            self._known = at, dossier(self._ledger, self._asked, at, now)
        return self._known[1]


def dossier(ledger: Engine, asked: Asked, at: Positions, now: datetime) -> Dossier:
    """Return what the ledger up to ``at`` holds of a place."""
    known = Known(at, asked.view.as_of)
    here = (asked.place_id, asked.view.traffic)
    since = now - timedelta(days=asked.days)
    queries = Queries(ledger, classified=asked.classified)
    alerts = AlertsWanted(asked.view.traffic, segment_id=asked.place_id)
    incidents, more = _incidents(ledger, asked, known, since)
    return Dossier(
        since,
        course.course(ledger, *here, known, since),
        queries.assessment_of(*here, asked.view.as_of),
        course.step_since(ledger, *here, known),
        tuple(
            told
            for told in episodes.page(ledger, alerts, known, Window(MOST_ALERTS)).items
            if told.resolved_at is None or told.resolved_at >= since
        ),
        incidents,
        more,
    )


def _incidents(
    ledger: Engine, asked: Asked, known: Known, since: datetime
) -> tuple[tuple[tuple[Reported, Whole], ...], bool]:
    wanted = ReportsWanted(
        asked.view.traffic, STATUSES, Area(segment_id=asked.place_id), since=since
    )
    window = Window(MOST_INCIDENTS)
    page = reports.page(ledger, wanted, known, window, classified=asked.classified)
    found = []
    for told in page.items:
        name = told.report.incident_id
        whole = one_incident.whole(ledger, name, known, classified=asked.classified)
        assert whole is not None
        found.append((told, _shown(whole, asked.shown)))
    return tuple(found), page.last is not None


def _shown(whole: Whole, shown: Callable[[Incident], Incident]) -> Whole:
    revisions = (replace(one, incident=shown(one.incident)) for one in whole.revisions)
    return replace(whole, revisions=tuple(revisions))
