"""What is to be sent, what came of each attempt, and what is to be reported of it."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from models.domain.notifying import retrying
from models.domain.notifying.desk import Kept, Notice
from models.domain.notifying.retrying import LONGEST, next_attempt
from models.domain.notifying.why import Why
from schemas.alert import Alert
from schemas.delivery import AlertRef, Delivery, DeliveryOutcome
from schemas.incident import Traffic
from schemas.topics import ALERTS
from schemas.versions import decode
from services.ledger.repeats import insert_new
from services.notifier import closed, tables
from services.notifier.notification import Delivered, GivenUp, Notification, Outcome, TryAgain

PENDING, DELIVERED, FAILED, DISABLED = "pending", "delivered", "failed", "disabled"

EVERY_CHANNEL = "*"
"""The channel of what was kept back before it came to any."""

_KEPT = {
    Why.INHIBITED: DeliveryOutcome.INHIBITED,
    Why.SILENCED: DeliveryOutcome.SILENCED,
    Why.ROUTE_GONE: DeliveryOutcome.FAILED,
}
"""What is reported of what is kept back; the rest is told soon, or has been by another route."""

MOST_NAMED = 2_000
"""How many transitions are named in one record, or asked for in one query, at most."""

_STEP = timedelta(microseconds=1)
"""Between notifications that are put here at once: they are sent in the order of their making."""

_CHANNEL_GONE = "channel-gone: it is no longer configured"
_OVERTAKEN = "overtaken: the channel has been told of a later transition since"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """One notification on one channel that is to be sent now.

    ``traces`` are the contexts of the alerts that it tells of.
    """

    notification: Notification
    channel: str
    attempts: int
    tells: tuple[tuple[str, int], ...]
    traces: tuple[str, ...] = ()


def add(
    connection: Connection,
    notice: Notice,
    channels: Iterable[str],
    moment: datetime,
    place: int = 0,
) -> None:
    """Put a notification into the outbox, once a channel; its id again changes nothing.

    Parameters
    ----------
    place
        Its place among those that are put there at this moment: they are sent in that order.
    """
    content = {"group": dict(notice.key.labels), "shows": notice.shows, "tells": notice.tells}
    shared = {
        "notification_id": notice.notification_id,
        "receiver": notice.key.receiver,
        "traffic": notice.key.traffic.value,
        "content": orjson.dumps(content),
        "state": PENDING,
        "attempts": 0,
        "created_at": moment + place * _STEP,
        "next_attempt_at": moment,
        "reason": None,
    }
    rows = [{**shared, "channel": channel} for channel in channels]
    connection.execute(insert_new(connection, tables.outbox), rows)
    log.info(
        "notification", id=notice.notification_id, receiver=notice.key.receiver, why=notice.why
    )


def keep_back(connection: Connection, kept: Iterable[Kept], moment: datetime) -> None:
    """Report what is inhibited, silenced, or left behind by a change of the routes."""
    for one in kept:
        why, key = one.held.why, one.key
        log.info("kept back", receiver=key.receiver, route=key.route, alert=one.held.ref, why=why)
        if why not in _KEPT:
            continue
        said = f"{why.value} by {one.held.by}" if one.held.by else why.value
        if one.held.until is not None:
            said += f" until {one.held.until.isoformat()}"
        told = Delivery(
            notification_id=one.notification_id,
            receiver=key.receiver,
            channel=EVERY_CHANNEL,
            traffic=key.traffic,
            alerts=_refs([one.held.ref]),
            attempt=0,
            outcome=_KEPT[why],
            reason=said,
            recorded_at=moment,
        )
        _report(connection, told)


def due(connection: Connection, receiver: str, channel: str, moment: datetime) -> Item | None:
    """Return what is to be sent next on a channel by ``moment``; None: nothing is."""
    row = connection.execute(_pending(receiver, channel).limit(1)).one_or_none()
    if row is None or row.next_attempt_at > moment:
        return None
    return _item(connection, row)


def put_right(connection: Connection, moment: datetime) -> None:
    """Let what waits by a clock that ran ahead be due now, in the order in which it came.

    That is what was put here later than now, and what waits for longer than anything does.
    """
    table = tables.outbox
    pending = table.c.state == PENDING
    name = (table.c.notification_id, table.c.channel)
    early = select(*name).where(pending, table.c.created_at > moment)
    found = connection.execute(early.order_by(table.c.created_at, *name)).all()
    for place, row in enumerate(found):
        of = (name[0] == row.notification_id, name[1] == row.channel)
        # Before whatever is put here now, so that what overtakes it is known as later.
        at = moment - (len(found) - place) * _STEP
        values = {"created_at": at, "next_attempt_at": at}
        connection.execute(update(table).where(*of).values(values))
    late = table.c.next_attempt_at > moment + LONGEST
    connection.execute(update(table).where(pending, late).values(next_attempt_at=moment))


def waiting(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many notifications wait for an attempt, by receiver and channel."""
    table = tables.outbox
    place = (table.c.receiver, table.c.channel)
    query = select(*place, func.count()).where(table.c.state == PENDING).group_by(*place)
    return {(receiver, channel): n for receiver, channel, n in connection.execute(query)}


def next_due(connection: Connection, receiver: str, channel: str) -> datetime | None:
    """Return when something is to be sent on a channel next."""
    row = connection.execute(_pending(receiver, channel).limit(1)).one_or_none()
    return row.next_attempt_at if row is not None else None


def record(connection: Connection, item: Item, outcome: Outcome, moment: datetime) -> Delivery:
    """Write what came of an attempt, and what is to be reported of it."""
    made = item.attempts + 1
    at: datetime | None = None
    match outcome:
        case Delivered():
            state, said, reason = DELIVERED, DeliveryOutcome.DELIVERED, None
        case TryAgain(reason=why, after=after):
            at = _again(item, made, moment, after)
            state = PENDING if at is not None else FAILED
            said = DeliveryOutcome.RETRIED if at is not None else DeliveryOutcome.FAILED
            reason = why
        case GivenUp(reason=why, disable=disable):
            state, said, reason = FAILED, DeliveryOutcome.FAILED, why
            if disable:
                closed.close(connection, (item.notification.receiver, item.channel), why, moment)
    return _conclude(connection, item, state, said, made, reason, moment, at)


def pass_over(connection: Connection, item: Item, moment: datetime) -> Delivery:
    """Write that a notification is not sent, since its channel wants nothing any more."""
    reason = f"the channel is disabled; forewarn notifier enable {item.notification.receiver}"
    outcome = DeliveryOutcome.DISABLED
    return _conclude(connection, item, DISABLED, outcome, 0, reason, moment, None)


def overtaken(connection: Connection, item: Item) -> frozenset[str]:
    """Return the alerts in a notification of which its channel was told a later transition since.

    What failed for a while would come after it, as if an alert that is over had been raised again.
    """
    if item.attempts == 0:
        # Whatever came later is sent later: each channel sends one after the other.
        return frozenset()
    table = tables.outbox
    since = select(table.c.created_at).where(*_row_of(item)).scalar_subquery()
    query = select(table.c.content).where(
        table.c.state == DELIVERED,
        table.c.receiver == item.notification.receiver,
        table.c.channel == item.channel,
        table.c.next_attempt_at >= since,
        # What was itself overtaken has a reason, and was not sent.
        table.c.reason.is_(None),
    )
    told = (ref for content in connection.scalars(query) for ref in orjson.loads(content)["shows"])
    shows = ((alert.alert_id, alert.sequence) for alert in item.notification.alerts)
    return retrying.overtaken(shows, told)


def leave_out(
    connection: Connection, item: Item, alerts: Collection[str], moment: datetime
) -> Delivery:
    """Write that of ``alerts`` a notification need not be sent; the others go on by themselves.

    They do so under another id, since an id stands for one content.
    """
    one, table = item.notification, tables.outbox
    left = [[a.alert_id, a.sequence] for a in one.alerts if a.alert_id not in alerts]
    if left:
        row = connection.execute(select(table).where(*_row_of(item))).one()._asdict()
        tells = [ref for ref in item.tells if ref[0] not in alerts]
        content = orjson.dumps({"group": one.group, "shows": left, "tells": tells})
        part = hashlib.sha256(one.notification_id.encode() + content).hexdigest()
        row |= {"notification_id": f"ntf_{part[:32]}", "content": content}
        connection.execute(insert_new(connection, table), [row])
    gone = replace(item, tells=tuple(ref for ref in item.tells if ref[0] in alerts))
    outcome = DeliveryOutcome.DELIVERED
    return _conclude(connection, gone, DELIVERED, outcome, 0, _OVERTAKEN, moment, None)


def abandon(connection: Connection, places: Collection[tuple[str, str]], moment: datetime) -> None:
    """Give up what waits for channels that are not configured, ``places`` being those that are.

    It could not be sent, and would stand there for ever.
    """
    table = tables.outbox
    channel = tuple_(table.c.receiver, table.c.channel)
    gone = select(table).where(table.c.state == PENDING, channel.not_in(list(places)))
    for row in connection.execute(gone).all():
        item = _item(connection, row)
        _conclude(connection, item, FAILED, DeliveryOutcome.FAILED, 0, _CHANNEL_GONE, moment, None)


def _conclude(
    connection: Connection,
    item: Item,
    state: str,
    outcome: DeliveryOutcome,
    made: int,
    reason: str | None,
    moment: datetime,
    at: datetime | None,
) -> Delivery:
    table, one = tables.outbox, item.notification
    values = {"state": state, "attempts": max(made, item.attempts), "reason": reason}
    changed = update(table).where(*_row_of(item))
    connection.execute(changed.values(next_attempt_at=at or moment, **values))
    told = Delivery(
        notification_id=one.notification_id,
        receiver=one.receiver,
        channel=item.channel,
        traffic=one.traffic,
        alerts=_refs(item.tells),
        attempt=made,
        outcome=outcome,
        reason=reason[:4000] if reason else None,
        recorded_at=moment,
        next_attempt_at=at,
    )
    _report(connection, told)
    return told


def _again(item: Item, made: int, moment: datetime, after: timedelta | None) -> datetime | None:
    return next_attempt(item.notification.notification_id, item.channel, made, moment, after)


def _report(connection: Connection, told: Delivery) -> None:
    """Keep an outcome to be published, in parts where it is of more than a record may name."""
    for start in range(0, max(1, len(told.alerts)), MOST_NAMED):
        part = told.model_copy(update={"alerts": told.alerts[start : start + MOST_NAMED]})
        row = {"notification_id": part.notification_id, "value": part.model_dump_json().encode()}
        connection.execute(insert(tables.reports), row)


def unreported(connection: Connection, most: int) -> Sequence[Row[Any]]:
    """Return what has not been published of outcomes, oldest first."""
    table = tables.reports
    return connection.execute(select(table).order_by(table.c.number).limit(most)).all()


def reported(connection: Connection, numbers: Sequence[int]) -> None:
    """Let go of outcomes that have been published."""
    table = tables.reports
    connection.execute(delete(table).where(table.c.number.in_(numbers)))


def _row_of(item: Item) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    table, name = tables.outbox, item.notification.notification_id
    return table.c.notification_id == name, table.c.channel == item.channel


def _pending(receiver: str, channel: str) -> Any:
    table = tables.outbox
    return (
        select(table)
        .where(table.c.state == PENDING, table.c.receiver == receiver, table.c.channel == channel)
        .order_by(table.c.next_attempt_at, table.c.created_at, table.c.notification_id)
    )


def _item(connection: Connection, row: Row[Any]) -> Item:
    content = orjson.loads(row.content)
    shows = [(alert_id, sequence) for alert_id, sequence in content["shows"]]
    notification = Notification(
        row.notification_id,
        row.receiver,
        Traffic(row.traffic),
        content["group"],
        tuple(_shown(connection, shows)),
    )
    tells = tuple((alert_id, sequence) for alert_id, sequence in content["tells"])
    return Item(notification, row.channel, row.attempts, tells, traces(connection, tells))


def _shown(connection: Connection, refs: Sequence[tuple[str, int]]) -> list[Alert]:
    table = tables.transitions
    wanted = tuple_(table.c.alert_id, table.c.sequence).in_(list(refs))
    found = {
        (row.alert_id, row.sequence): row.value
        for row in connection.execute(select(table).where(wanted))
    }
    return [decode(ALERTS, found[ref]).data for ref in refs]


def traces(connection: Connection, refs: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """Return the trace contexts of transitions, in their order, each once."""
    table, wanted = tables.transitions, list(refs)
    query = select(table.c.alert_id, table.c.sequence, table.c.trace)
    found = {}
    for start in range(0, len(wanted), MOST_NAMED):
        part = tuple_(table.c.alert_id, table.c.sequence).in_(wanted[start : start + MOST_NAMED])
        for alert_id, number, trace in connection.execute(
            query.where(part, table.c.trace.is_not(None))
        ):
            found[alert_id, number] = trace
    return tuple(dict.fromkeys(found[ref] for ref in wanted if ref in found))


def _refs(refs: Iterable[tuple[str, int]]) -> tuple[AlertRef, ...]:
    return tuple(AlertRef(alert_id=alert_id, sequence=sequence) for alert_id, sequence in refs)
