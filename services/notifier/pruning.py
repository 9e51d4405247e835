"""Lets go of what is settled and old, a little at a time: the database does not grow for ever.

Three things are let go of, each once nothing can ask for it any more:

- a notification, when it has been settled on its channel for as long as the configuration says;
- the bytes of transitions, when their alert has been over for as long, no group has anything of it
  to tell, and no notification that is kept shows them;
- an alert that is over and what was told of it, when it can no longer be corrected either: whoever
  was told of it would have to hear of that.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select, tuple_

from models.domain.notifying.groups import Group
from models.domain.notifying.holds import Known
from models.domain.risk import HISTORY_DAYS
from schemas.alert import Alert
from schemas.incident import Traffic
from services.notifier import outbox
from services.notifier.rows import put
from services.notifier.tables import alerts, groups, notes, told, transitions
from services.notifier.tables import outbox as box

MOST = 500
"""So many rows of each kind are let go of in one transaction: nothing waits long for it."""

CORRECTABLE = timedelta(days=HISTORY_DAYS)
"""How long after its end an alert may still be corrected: a worker remembers incidents so long."""

_GROUP: TypeAdapter[Group] = TypeAdapter(Group)
_KNOWN: TypeAdapter[Known] = TypeAdapter(Known)


def prune(
    connection: Connection,
    moment: datetime,
    keep_for: timedelta,
    correctable: timedelta = CORRECTABLE,
) -> int:
    """Let go of what is settled and old at ``moment``; return how many rows, 0 once all is gone.

    Parameters
    ----------
    keep_for
        How long what is settled can be seen and sent again, and alerts of heartbeats are known.
    correctable
        How long other alerts that are over are known.
    """
    old, waiting = moment - keep_for, _waiting(connection)
    gone = _notifications(connection, old)
    gone += _transitions(connection, old, waiting)
    return gone + _alerts(connection, _forgettable(moment, keep_for, correctable), waiting)


def is_forgotten(connection: Connection, alert: Alert) -> bool:
    """Tell whether an alert that is not known was, and has been let go of.

    The alerts of a segment come one after the other: one that began before another one of its
    segment was over, which has been let go of since, has been heard of.
    """
    name = _mark(alert.segment_id, alert.traffic)
    until = connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar()
    return until is not None and alert.opened_at <= datetime.fromisoformat(until.decode())


def _notifications(connection: Connection, old: datetime) -> int:
    key = (box.c.notification_id, box.c.channel)
    settled = box.c.state.in_((outbox.DELIVERED, outbox.FAILED, outbox.DISABLED))
    wanted = select(*key).where(settled, box.c.next_attempt_at < old).limit(MOST)
    found = [tuple(row) for row in connection.execute(wanted)]
    if found:
        connection.execute(delete(box).where(tuple_(*key).in_(found)))
    return len(found)


def _transitions(connection: Connection, old: datetime, waiting: set[str]) -> int:
    key = (transitions.c.alert_id, transitions.c.sequence)
    over = and_(alerts.c.ended.is_(True), alerts.c.heard_at < old)
    # What tells of the heartbeats themselves is no alert of the topic, and is known nowhere else.
    wanted = (
        select(*key)
        .outerjoin(alerts, alerts.c.alert_id == transitions.c.alert_id)
        .where(or_(over, alerts.c.alert_id.is_(None)))
    )
    candidates = [tuple(row) for row in connection.execute(wanted)]
    if not candidates:
        return 0
    shown = _shown(connection)
    found = [ref for ref in candidates if ref[0] not in waiting and ref not in shown][:MOST]
    if found:
        connection.execute(delete(transitions).where(tuple_(*key).in_(found)))
    return len(found)


def _alerts(connection: Connection, which: ColumnElement[bool], waiting: set[str]) -> int:
    wanted = select(alerts).where(alerts.c.ended.is_(True), which).order_by(alerts.c.heard_at)
    rows = connection.execute(wanted.limit(MOST + len(waiting)))
    found = [row for row in rows if row.alert_id not in waiting][:MOST]
    if found:
        names = [row.alert_id for row in found]
        _note(connection, found)
        for table in (told, alerts):
            connection.execute(delete(table).where(table.c.alert_id.in_(names)))
    return len(found)


def _forgettable(
    moment: datetime, keep_for: timedelta, correctable: timedelta
) -> ColumnElement[bool]:
    """Return which alerts are known no longer; a worker, too, soon forgets those of heartbeats."""
    beat = and_(alerts.c.traffic == Traffic.HEARTBEAT.value, alerts.c.heard_at < moment - keep_for)
    return or_(beat, alerts.c.heard_at < moment - max(correctable, keep_for))


def _waiting(connection: Connection) -> set[str]:
    """Return the alerts that a group may yet tell of."""
    found = (_GROUP.validate_json(row.content) for row in connection.execute(select(groups)))
    return {entry.alert_id for group in found for entry in group.entries}


def _shown(connection: Connection) -> set[tuple[str, int]]:
    """Return the transitions that a notification which is kept shows."""
    contents = connection.scalars(select(box.c.content).distinct())
    return {(name, number) for c in contents for name, number in orjson.loads(c)["shows"]}


def _note(connection: Connection, gone: Sequence[Row[Any]]) -> None:
    """Note of each segment until when what is no longer known of it reaches."""
    until: dict[str, datetime] = {}
    for latest in (_KNOWN.validate_json(row.known).latest for row in gone):
        name = _mark(latest.segment_id, latest.traffic)
        until[name] = max(latest.recorded_at, until.get(name, latest.recorded_at))
    stands = _standing(connection, until)
    rows = [
        {"name": name, "value": max(at, stands.get(name, at)).isoformat().encode()}
        for name, at in until.items()
    ]
    put(connection, notes, rows)


def _standing(connection: Connection, names: Iterable[str]) -> dict[str, datetime]:
    rows = connection.execute(select(notes).where(notes.c.name.in_(list(names))))
    return {row.name: datetime.fromisoformat(row.value.decode()) for row in rows}


def _mark(segment_id: str, traffic: Traffic) -> str:
    return f"forgotten {traffic.value} {segment_id}"
