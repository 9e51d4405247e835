"""What was known when: incidents, observations, assessments and alerts, as of a moment."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Row, Select, Table, and_, or_, select, true

from schemas.alert import Alert
from schemas.assessment import Assessment
from schemas.base import RecordRef
from schemas.incident import Incident, Traffic
from schemas.observation import AssertObservation, Effect, RetractObservation
from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS
from schemas.versions import decode
from services.ledger import rows, tables
from services.ledger.answers import Episode, IncidentHistory, Recorded, Revision, episode, stood
from services.ledger.database import reading
from services.ledger.redact import redact
from services.ledger.rejecting import rejects

T = TypeVar("T")

Change = AssertObservation | RetractObservation

ACTUAL = Traffic.ACTUAL

Unsealed = Callable[[Incident], Incident]


def _as_it_is(incident: Incident) -> Incident:
    return incident


class Queries:
    """Reads the ledger.

    Parameters
    ----------
    classified
        True gives out who reported and who commanded too.
    unsealed
        Puts the names of sources in place of their pseudonyms, where that can still be done.

    Every ``as_of`` is a record time: only what the log held by then counts; None means all of it.
    Every ``at`` is a time of events. All times carry an offset.
    """

    def __init__(
        self, engine: Engine, *, classified: bool = False, unsealed: Unsealed = _as_it_is
    ) -> None:
        self._engine = engine
        self._classified = classified
        self._unsealed = unsealed

    def observations(
        self, segment_id: str, traffic: Traffic = ACTUAL, as_of: datetime | None = None
    ) -> tuple[Recorded, ...]:
        """Return the observations of a segment in the order of the log."""
        query = _of_segment(tables.observations, segment_id, traffic, as_of)
        return tuple(self._recorded(row) for row in self._rows(query))

    def incidents(
        self,
        segment_id: str,
        traffic: Traffic = ACTUAL,
        as_of: datetime | None = None,
        at: datetime | None = None,
    ) -> tuple[IncidentHistory, ...]:
        """Return the incidents that count or counted on a segment, with their revisions.

        With ``at``, those that had begun by then, as believed at ``as_of``; in order of their
        beginning.
        """
        table = tables.observations
        query = _of_segment(table, segment_id, traffic, as_of)
        last: dict[str, Change] = {}
        own: set[str] = set()
        for row in self._rows(query.where(table.c.kind.in_(("assert", "retract")))):
            observed = self._recorded(row).observation
            if isinstance(observed, AssertObservation | RetractObservation):
                last[row.incident_id] = _later(last.get(row.incident_id), observed)
                if _is_own(observed):
                    own.add(row.incident_id)
        known = self._revisions(segment_id, traffic, as_of)
        histories = (
            IncidentHistory(
                incident_id,
                _is_own(observed),
                _effect(observed),
                tuple(known[incident_id]),
            )
            for incident_id, observed in last.items()
            if incident_id in own
        )
        begun = (h for h in histories if at is None or h.effect.start <= at)
        return tuple(sorted(begun, key=lambda h: (h.effect.start, h.incident_id)))

    def assessments(
        self,
        segment_id: str,
        traffic: Traffic = ACTUAL,
        as_of: datetime | None = None,
        since: datetime | None = None,
    ) -> tuple[Assessment, ...]:
        """Return what was said of a segment's risk, from ``since`` on, each statement once."""
        table = tables.assessments
        query = _of_segment(table, segment_id, traffic, as_of)
        if since is not None:
            query = query.where(table.c.recorded_at >= since)
        said = {row.value: None for row in self._rows(query)}
        return tuple(decode(ASSESSMENTS, value) for value in said)

    def assessment_of(
        self, segment_id: str, traffic: Traffic = ACTUAL, as_of: datetime | None = None
    ) -> Assessment | None:
        """Return the last that was said of a segment's risk, or None."""
        table = tables.assessments
        query = _of_segment(table, segment_id, traffic, as_of).order_by(None)
        newest = (table.c.recorded_at.desc(), table.c.partition.desc(), table.c.offset.desc())
        for row in self._rows(query.order_by(*newest).limit(1)):
            said: Assessment = decode(ASSESSMENTS, row.value)
            return said
        return None

    def alerts(
        self,
        area_id: str,
        traffic: Traffic = ACTUAL,
        as_of: datetime | None = None,
        at: datetime | None = None,
    ) -> tuple[Episode, ...]:
        """Return the alerts of a segment or a border, with their transitions.

        With ``at``, those that stood then: opened by then and not resolved by then. Later
        transitions that were known at ``as_of``, such as corrections, are among theirs.
        """
        table = tables.alerts
        of_area = or_(table.c.segment_id == area_id, table.c.border_id == area_id)
        query = select(table).where(_known(table, traffic, as_of), of_area)
        told: dict[str, list[Alert]] = defaultdict(list)
        for row in self._rows(query.order_by(table.c.opened_at, "alert_id", "sequence")):
            told[row.alert_id].append(self._shown(decode(ALERTS, row.value).data))
        episodes = (episode(transitions) for transitions in told.values())
        return tuple(e for e in episodes if at is None or stood(e, at))

    def _revisions(
        self, segment_id: str, traffic: Traffic, as_of: datetime | None
    ) -> dict[str, list[Revision]]:
        """Return the revisions of every incident that was ever observed on a segment."""
        table, refused, seen = tables.incidents, tables.rejections, tables.observations
        of_segment = select(seen.c.incident_id).where(
            seen.c.segment_id == segment_id, _known(seen, traffic, as_of)
        )
        source = rejects(refused, table, INCIDENTS)
        reason = select(refused.c.reason).where(source).limit(1).scalar_subquery()
        query = (
            select(table, reason.label("refused"))
            .where(table.c.incident_id.in_(of_segment), _recorded_by(table, as_of))
            .order_by(table.c.recorded_at, table.c.partition, table.c.offset)
        )
        found: dict[str, dict[str, Revision]] = defaultdict(dict)
        for row in self._rows(query):
            incident = rows.event(row.incident_id, row.value, row.headers).data
            told = self._unsealed(incident) if self._classified else redact(incident)
            revision = Revision(_ref(INCIDENTS.name, row), row.recorded_at, told, row.refused)
            # A report that was sent again is the same report, whatever envelope it came in.
            said = incident.model_dump_json(exclude={"sealed"})
            found[row.incident_id].setdefault(said, revision)
        return defaultdict(list, {i: list(known.values()) for i, known in found.items()})

    def _recorded(self, row: Row[Any]) -> Recorded:
        observation = decode(OBSERVATIONS, row.value)
        return Recorded(_ref(OBSERVATIONS.name, row), self._shown(observation))

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with reading(self._engine) as connection:
            return connection.execute(query).all()

    def _shown(self, value: T) -> T:
        return value if self._classified else redact(value)


def _recorded_by(table: Table, as_of: datetime | None) -> ColumnElement[bool]:
    return true() if as_of is None else table.c.recorded_at <= as_of


def _known(table: Table, traffic: Traffic, as_of: datetime | None) -> ColumnElement[bool]:
    return and_(table.c.traffic == traffic.value, _recorded_by(table, as_of))


def _of_segment(
    table: Table, segment_id: str, traffic: Traffic, as_of: datetime | None
) -> Select[Any]:
    """Return the query for a segment's records in the order of the log."""
    return (
        select(table)
        .where(table.c.segment_id == segment_id, _known(table, traffic, as_of))
        .order_by(table.c.partition, table.c.offset)
    )


def _ref(topic: str, row: Row[Any]) -> RecordRef:
    return RecordRef(topic=topic, partition=row.partition, offset=row.offset)


def _is_own(change: Change) -> bool:
    return isinstance(change, AssertObservation) and change.own


def _effect(change: Change) -> Effect:
    return change.effect if isinstance(change, AssertObservation) else change.replaces


def _later(one: Change | None, other: Change) -> Change:
    """Return which of two changes to one incident is the later, the first one in the log first.

    A change may be written twice; causes are in the order of the incident's revisions.
    """
    if one is None or one.cause.partition != other.cause.partition:
        return other
    return other if one.cause.offset <= other.cause.offset else one
