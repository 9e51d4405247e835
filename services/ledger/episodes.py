"""Alerts as a list: those wanted, the one that was opened last first, a page at a time."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    FromClause,
    Select,
    and_,
    exists,
    or_,
    select,
    true,
)

from schemas.alert import Alert
from schemas.assessment import Level
from schemas.command import AnyCommand
from schemas.delivery import Delivery
from schemas.incident import Traffic
from schemas.topics import ALERTS, COMMANDS, DELIVERIES
from schemas.versions import decode
from services.ledger import tables
from services.ledger.answers import Episode, episode
from services.ledger.database import reading
from services.ledger.levels import ENDS
from services.ledger.paging import Key, Known, Page, Window, before, cut, of_traffic
from services.ledger.redact import redact


@dataclass(frozen=True, slots=True)
class AlertsWanted:
    """Which alerts: an open one by its level, one that is over by the worst that it ever had.

    ``since`` and ``until`` are about when it was opened; ``at`` asks for those that stood then.
    """

    traffic: Traffic
    segment_id: str | None = None
    border_id: str | None = None
    least: Level | None = None
    state: Literal["open", "ended"] | None = None
    since: datetime | None = None
    until: datetime | None = None
    at: datetime | None = None


def page(engine: Engine, wanted: AlertsWanted, known: Known, window: Window) -> Page[Episode]:
    """Return the alerts that are wanted, each with all its transitions that were known."""
    last = tables.alerts.alias("last")
    order = (last.c.opened_at, last.c.alert_id)
    query = (
        select(*order)
        .where(
            of_traffic(last, wanted.traffic),
            known.has(last, ALERTS.name),
            ~_other(last, known, lambda other: other.c.sequence > last.c.sequence),
            _wanted(last, wanted, known),
            before(order, window.after),
        )
        .order_by(*(column.desc() for column in order))
        .limit(window.limit + 1)
    )
    with reading(engine) as connection:
        keys: list[Key] = [(row.opened_at, row.alert_id) for row in connection.execute(query)]
        found = cut([str(key[1]) for key in keys], keys, window.limit)
        told = _told(connection, found.items, known)
    return Page(tuple(episode(told[alert_id]) for alert_id in found.items), found.last)


def named(engine: Engine, alert_id: str, known: Known) -> Episode | None:
    """Return an alert with its transitions, or None where nothing was known of it."""
    with reading(engine) as connection:
        told = _told(connection, (alert_id,), known)
    return episode(told[alert_id]) if alert_id in told else None


def commands(
    engine: Engine, alert_id: str, known: Known, *, classified: bool
) -> tuple[tuple[datetime, AnyCommand], ...]:
    """Return what operators said of an alert, each with its record time, the first one first."""
    table = tables.commands
    query = select(table).where(table.c.alert_id == alert_id, known.has(table, COMMANDS.name))
    query = query.order_by(table.c.recorded_at, table.c.partition, table.c.offset)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    said = ((row.recorded_at, decode(COMMANDS, row.value)) for row in rows)
    return tuple((at, value if classified else redact(value)) for at, value in said)


def acknowledged(engine: Engine, alert_ids: Collection[str], known: Known) -> dict[str, str]:
    """Return who acknowledged alerts last, of those that somebody has: a classified field."""
    table = tables.commands
    query = (
        select(table.c.alert_id, table.c.value)
        .where(
            table.c.alert_id.in_(alert_ids),
            table.c.kind == "acknowledge",
            known.has(table, COMMANDS.name),
        )
        .order_by(table.c.recorded_at, table.c.partition, table.c.offset)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {row.alert_id: decode(COMMANDS, row.value).author for row in rows}


def deliveries(engine: Engine, told: Episode, known: Known, window: Window) -> Page[Delivery]:
    """Return the attempts to deliver an alert, the last first.

    A notification names the alerts that it tells of in its bytes alone: those written since the
    alert was opened are looked through for its id.
    """
    table = tables.deliveries
    order = (table.c.recorded_at, table.c.partition, table.c.offset)
    query = (
        select(*order, table.c.value)
        .where(
            known.has(table, DELIVERIES.name),
            table.c.recorded_at >= told.opened_at,
            before(order, window.after),
        )
        .order_by(*(column.desc() for column in order))
    )
    found: list[tuple[Key, Delivery]] = []
    name = f'"{told.alert_id}"'.encode()
    with reading(engine) as connection, _streamed(connection, query) as rows:
        for row in rows:
            # Reading a record's text for an id is much faster than decoding all of them.
            if name not in row.value:
                continue
            tried = decode(DELIVERIES, row.value)
            if any(alert.alert_id == told.alert_id for alert in tried.alerts):
                found.append(((row.recorded_at, row.partition, row.offset), tried))
            if len(found) > window.limit:
                break
    return cut([tried for _, tried in found], [key for key, _ in found], window.limit)


def _streamed(connection: Connection, query: Select[Any]) -> CursorResult[Any]:
    """Return rows as they are read; closed by whoever stops before the last."""
    return connection.execution_options(yield_per=1_000).execute(query)


def _told(
    connection: Connection, alert_ids: tuple[str, ...], known: Known
) -> dict[str, list[Alert]]:
    table = tables.alerts
    query = select(table.c.alert_id, table.c.value).where(
        table.c.alert_id.in_(alert_ids), known.has(table, ALERTS.name)
    )
    told: dict[str, list[Alert]] = defaultdict(list)
    for row in connection.execute(query.order_by(table.c.alert_id, table.c.sequence)):
        told[row.alert_id].append(redact(decode(ALERTS, row.value).data))
    return told


def _wanted(last: FromClause, wanted: AlertsWanted, known: Known) -> ColumnElement[bool]:
    is_open = last.c.transition.not_in(ENDS)
    rules: list[ColumnElement[bool]] = []
    if wanted.segment_id is not None:
        rules.append(last.c.segment_id == wanted.segment_id)
    if wanted.border_id is not None:
        rules.append(last.c.border_id == wanted.border_id)
    if wanted.state is not None:
        rules.append(is_open if wanted.state == "open" else ~is_open)
    if wanted.since is not None:
        rules.append(last.c.opened_at >= wanted.since)
    if wanted.until is not None:
        rules.append(last.c.opened_at < wanted.until)
    if (least := wanted.least) is not None:
        enough = [level.value for level in Level if level.rank >= least.rank]
        was = _other(last, known, lambda other: other.c.level.in_(enough))
        rules.append(or_(and_(is_open, last.c.level.in_(enough)), and_(~is_open, was)))
    if (at := wanted.at) is not None:
        over = _other(last, known, lambda e: and_(e.c.transition.in_(ENDS), e.c.recorded_at <= at))
        rules.append(and_(last.c.opened_at <= at, ~over))
    return and_(true(), *rules)


def _other(
    last: FromClause, known: Known, such: Callable[[FromClause], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Tell whether ``such`` a transition of the same alert was known."""
    other = tables.alerts.alias("other")
    return exists().where(
        other.c.alert_id == last.c.alert_id, known.has(other, ALERTS.name), such(other)
    )
