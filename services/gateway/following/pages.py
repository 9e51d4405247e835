"""Reads alerts from the read model, from a position on, a page at a time."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, func, select

from schemas.topics import ALERTS
from services.gateway.following.filters import EVERYTHING, Wanted
from services.gateway.following.position import Position
from services.ledger.database import reading
from services.ledger.tables import alerts, offsets


class Gone(Exception):
    """Alerts after a position are missing; ``kept`` is from where on none is."""

    def __init__(self, position: Position, kept: Position) -> None:
        super().__init__(f"{position} lies before what is kept from {kept} on")
        self.position, self.kept = position, kept


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can be read: from ``first`` up to, without, ``end``."""

    first: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Stored:
    """An alert as it is kept, and the position once it has been read."""

    value: bytes
    after: Position


@dataclass(frozen=True, slots=True)
class Page:
    """Some alerts, each partition's in order, and the position after them.

    ``more`` says that there may be others before the position that was asked for.
    """

    alerts: tuple[Stored, ...]
    after: Position
    more: bool
    bounds: Bounds


def bounds(engine: Engine) -> Bounds:
    """Return what can be read now."""
    with reading(engine) as connection:
        return _bounds(connection)


def page(
    engine: Engine,
    position: Position,
    wanted: Wanted = EVERYTHING,
    limit: int = 100,
    until: Position | None = None,
) -> Page:
    """Return the next alerts after ``position``: at most ``limit``, and none at ``until`` or later.

    Partitions are told by turns, in about the order of record time. What is read is one moment of
    the database: a row counts only below the offset that was committed with it.

    Raises
    ------
    Gone
        Alerts between the position and what is kept are missing.
    """
    with reading(engine) as connection:
        known = _bounds(connection)
        kept = position.furthest(known.first)
        if kept != position:
            raise Gone(position, kept)
        end = known.end if until is None else known.end.nearest(until)
        found = {
            p: _rows(connection, p, position[p], end[p], wanted, limit)
            for p in range(len(end))
            if position[p] < end[p]
        }
    return _page(position, end, found, limit, known)


def start(engine: Engine, since: datetime) -> Position:
    """Return the position of the first alert of each partition recorded at ``since`` or later."""
    query = (
        select(alerts.c.partition, func.min(alerts.c.offset))
        .where(alerts.c.recorded_at >= since)
        .group_by(alerts.c.partition)
    )
    with reading(engine) as connection:
        known = _bounds(connection)
        at = {p: known.end[p] for p in range(len(known.end))}
        at |= {row[0]: row[1] for row in connection.execute(query)}
    return Position.of(at).furthest(known.first)


def _bounds(connection: Connection) -> Bounds:
    query = select(offsets).where(offsets.c.topic == ALERTS.name)
    rows = connection.execute(query).all()
    return Bounds(
        Position.of({row.partition: row.first_offset for row in rows}),
        Position.of({row.partition: row.next_offset for row in rows}),
    )


def _rows(
    connection: Connection, partition: int, start: int, end: int, wanted: Wanted, limit: int
) -> Sequence[Row[Any]]:
    at = alerts.c
    here = and_(at.partition == partition, at.offset >= start, at.offset < end)
    columns = (at.partition, at.offset, at.recorded_at, at.value)
    query: Select[Any] = (
        select(*columns).where(here, wanted.clause()).order_by(at.offset).limit(limit)
    )
    return connection.execute(query).all()


def _page(
    position: Position,
    end: Position,
    found: Mapping[int, Sequence[Row[Any]]],
    limit: int,
    known: Bounds,
) -> Page:
    # Each partition's rows stay in their order, whatever their record times.
    merged = heapq.merge(*found.values(), key=lambda row: row.recorded_at)
    told, after = [], position
    for row in islice(merged, limit):
        after = after.after(row.partition, row.offset)
        told.append(Stored(row.value, after))
    # What a filter leaves out is not read again: a partition that has no more is done.
    for partition, rows in found.items():
        if len(rows) < limit and (not rows or after[partition] > rows[-1].offset):
            after = after.after(partition, end[partition] - 1)
    return Page(tuple(told), after, not after.reaches(end), known)
