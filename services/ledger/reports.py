"""Incidents as a list: the last report of each, the latest event first, a page at a time."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Row,
    Select,
    and_,
    exists,
    or_,
    select,
    true,
)

from schemas.base import RecordRef
from schemas.incident import IncidentReport, Traffic
from schemas.rejection import RejectReason
from schemas.taxonomy import EventType, SubEventType
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from services.ledger import rows, tables
from services.ledger.database import reading
from services.ledger.located import ANYWHERE, Area, located, where
from services.ledger.paging import Key, Known, Page, Window, before, cut, of_traffic
from services.ledger.redact import redact
from services.ledger.rejecting import rejects

TOPICS = (INCIDENTS.name, OBSERVATIONS.name, REJECTED.name)
"""What a list of incidents is made of."""

_ASIDE = tuple(reason.value for reason in RejectReason if reason.set_aside)
_CHUNK = 2_000

Inside = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
"""Longitudes and latitudes [degrees], both of shape (n,) -> which of them are meant."""

Box = tuple[float, float, float, float]
"""West, south, east, north [degrees]; west beyond east crosses the antimeridian."""


@dataclass(frozen=True, slots=True)
class ReportsWanted:
    """Which incidents: all that is given must hold.

    Parameters
    ----------
    statuses
        Of the last revision; a retracted incident is told with its last report.
    area
        Where it counts; a retracted one: where it ever did.
    box, inside
        Where it happened; what has no coordinates is in no area.
    since, until
        When it happened: not over before ``since``, begun before ``until``.
    """

    traffic: Traffic
    statuses: tuple[str, ...]
    area: Area = ANYWHERE
    box: Box | None = None
    inside: Inside | None = None
    since: datetime | None = None
    until: datetime | None = None
    event_types: tuple[EventType, ...] = ()
    sub_event_types: tuple[SubEventType, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """An incident by its last report, what became of it since, and the segments it counts on."""

    record: RecordRef
    recorded_at: datetime
    report: IncidentReport
    status: str
    segment_ids: tuple[str, ...]


def page(
    engine: Engine, wanted: ReportsWanted, known: Known, window: Window, *, classified: bool
) -> Page[Reported]:
    """Return the incidents that are wanted."""
    with reading(engine) as connection:
        found = _found(connection, wanted, known, window)
        keys: list[Key] = [(row.occurred_start, row.incident_id) for row in found]
        part = cut(found, keys, window.limit)
        values = _values(connection, part.items)
        places = where(connection, [row.incident_id for row in part.items], known)
    items = tuple(
        _reported(row, values[row.partition, row.offset], places, classified) for row in part.items
    )
    return Page(items, part.last)


def refused(row: FromClause, known: Known, *, whatever: bool = False) -> ColumnElement[bool]:
    """Tell whether an incident's record was rejected; what was only set aside if ``whatever``."""
    no = tables.rejections.alias("no")
    return exists().where(
        rejects(no, row, INCIDENTS),
        known.has(no, REJECTED.name),
        true() if whatever else no.c.reason.not_in(_ASIDE),
    )


def _found(
    connection: Connection, wanted: ReportsWanted, known: Known, window: Window
) -> list[Row[Any]]:
    """Return up to one row more than the limit, without the records' bytes."""
    found: list[Row[Any]] = []
    after, chunk = window.after, window.limit + 1 if wanted.inside is None else _CHUNK
    while len(found) <= window.limit:
        rows = connection.execute(_query(wanted, known, after).limit(chunk)).all()
        found += _inside(rows, wanted.inside)
        if len(rows) < chunk:
            break
        after = (rows[-1].occurred_start, rows[-1].incident_id)
    return found[: window.limit + 1]


def _inside(rows: Sequence[Row[Any]], inside: Inside | None) -> list[Row[Any]]:
    if inside is None or not rows:
        return list(rows)
    mask = inside(np.array([r.longitude for r in rows]), np.array([r.latitude for r in rows]))
    return [row for row, chosen in zip(rows, mask, strict=True) if chosen]


def _query(wanted: ReportsWanted, known: Known, after: Key | None) -> Select[Any]:
    said = tables.incidents.alias("said")
    status = _status(said, known)
    order = (said.c.occurred_start, said.c.incident_id)
    names = ("partition", "offset", "recorded_at", "occurred_start", "incident_id")
    columns = [said.c[name] for name in (*names, "latitude", "longitude")]
    return (
        select(*columns, status.label("status"))
        .where(
            of_traffic(said, wanted.traffic),
            said.c.status != "retracted",
            _counts(said, known),
            ~_later(said, known),
            status.in_(wanted.statuses),
            _wanted(said, wanted),
            located(said, status, wanted.area, wanted.traffic, known),
            before(order, after),
        )
        .order_by(*(column.desc() for column in order))
    )


def _counts(row: FromClause, known: Known) -> ColumnElement[bool]:
    return and_(known.has(row, INCIDENTS.name), ~refused(row, known))


def _status(said: FromClause, known: Known) -> ColumnElement[str]:
    """Return the status of an incident's last revision; of two alike the first stands."""
    last = tables.incidents.alias("last")
    found: ColumnElement[str] = (
        select(last.c.status)
        .where(last.c.incident_id == said.c.incident_id, _counts(last, known))
        .order_by(last.c.revision.desc(), last.c.partition, last.c.offset)
        .limit(1)
        .scalar_subquery()
    )
    return found


def _later(said: FromClause, known: Known) -> ColumnElement[bool]:
    """Tell whether another report of the incident stands in place of this one."""
    other = tables.incidents.alias("other")
    first = or_(
        other.c.partition < said.c.partition,
        and_(other.c.partition == said.c.partition, other.c.offset < said.c.offset),
    )
    return exists().where(
        other.c.incident_id == said.c.incident_id,
        other.c.status != "retracted",
        or_(
            other.c.revision > said.c.revision,
            and_(other.c.revision == said.c.revision, first),
        ),
        _counts(other, known),
    )


def _wanted(said: FromClause, wanted: ReportsWanted) -> ColumnElement[bool]:
    rules: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        rules.append(said.c.occurred_end >= wanted.since)
    if wanted.until is not None:
        rules.append(said.c.occurred_start < wanted.until)
    if wanted.event_types:
        rules.append(said.c.event_type.in_([kind.value for kind in wanted.event_types]))
    if wanted.sub_event_types:
        rules.append(said.c.sub_event_type.in_([kind.value for kind in wanted.sub_event_types]))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        longitude, latitude = said.c.longitude, said.c.latitude
        join = or_ if west > east else and_
        rules += [latitude.between(south, north), join(longitude >= west, longitude <= east)]
    if wanted.inside is not None:
        rules.append(said.c.longitude.is_not(None))
    return and_(true(), *rules)


def _values(
    connection: Connection, chosen: Sequence[Row[Any]]
) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    """Return value and headers of records, by partition and offset."""
    table = tables.incidents
    by_partition: dict[int, list[int]] = defaultdict(list)
    for row in chosen:
        by_partition[row.partition].append(row.offset)
    places = [
        and_(table.c.partition == partition, table.c.offset.in_(offsets))
        for partition, offsets in by_partition.items()
    ]
    if not places:
        return {}
    query = select(table.c.partition, table.c.offset, table.c.value, table.c.headers)
    return {
        (row.partition, row.offset): (row.value, row.headers)
        for row in connection.execute(query.where(or_(*places)))
    }


def _reported(
    row: Row[Any],
    content: tuple[bytes, bytes],
    places: dict[tuple[str, str], list[str]],
    classified: bool,
) -> Reported:
    report = rows.event(row.incident_id, *content).data
    assert isinstance(report, IncidentReport)
    return Reported(
        RecordRef(topic=INCIDENTS.name, partition=row.partition, offset=row.offset),
        row.recorded_at,
        report if classified else redact(report),
        row.status,
        tuple(places.get((row.incident_id, report.traffic.value), ())),
    )
