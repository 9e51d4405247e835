"""Reads the desk of the pure stages from the database, and writes back what has changed on it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, or_, select

from models.domain.notifying.desk import Desk
from models.domain.notifying.groups import Group, Key
from models.domain.notifying.holds import Known
from services.notifier.rows import put
from services.notifier.tables import alerts, groups, notes, told

_KNOWN: TypeAdapter[Known] = TypeAdapter(Known)
_GROUP: TypeAdapter[Group] = TypeAdapter(Group)
_KEY: TypeAdapter[Key] = TypeAdapter(Key)


_MARK = "desk"
"""Under which name the mark of the last transaction stands."""


def marked(connection: Connection, mark: bytes) -> bytes | None:
    """Put the mark of this transaction in the place of the last one's, and return that.

    Until the transaction ends no other gets past this.
    """
    noted = select(notes.c.value).where(notes.c.name == _MARK).with_for_update()
    last: bytes | None = connection.execute(noted).scalar()
    put(connection, notes, [{"name": _MARK, "value": mark}])
    return last


def load(connection: Connection) -> Desk:
    """Return every group, every open alert and those that a group holds, with what was told."""
    found = [_GROUP.validate_json(row.content) for row in connection.execute(select(groups))]
    held = {entry.alert_id for group in found for entry in group.entries}
    desk = Desk(found)
    _recall(connection, desk, or_(alerts.c.ended.is_(False), alerts.c.alert_id.in_(held)))
    return desk


def recall(connection: Connection, desk: Desk, names: Iterable[str]) -> None:
    """Put back on the desk those of the alerts ``names`` that are known and not on it."""
    if missing := set(names) - desk.alerts.keys():
        _recall(connection, desk, alerts.c.alert_id.in_(missing))


def _recall(connection: Connection, desk: Desk, which: ColumnElement[bool]) -> None:
    known = [_KNOWN.validate_json(r.known) for r in connection.execute(select(alerts).where(which))]
    names = select(alerts.c.alert_id).where(which)
    rows = connection.execute(select(told).where(told.c.alert_id.in_(names)))
    desk.recall(known, ((r.alert_id, _KEY.validate_json(r.key), r.sequence) for r in rows))


def save(connection: Connection, desk: Desk, moment: datetime) -> None:
    """Write what has changed on the desk; ``moment`` is when it was heard."""
    known = [
        {
            "alert_id": name,
            "ended": one.ended,
            "known": _KNOWN.dump_json(one),
            "traffic": one.latest.traffic.value,
            "heard_at": moment,
        }
        for name, one in ((name, desk.alerts[name]) for name in desk.changes.alerts)
    ]
    put(connection, alerts, known)
    changed = [
        {"group_id": group_id(key), "content": _GROUP.dump_json(desk.groups[key])}
        for key in desk.changes.groups & desk.groups.keys()
    ]
    put(connection, groups, changed)
    if gone := [group_id(key) for key in desk.changes.groups - desk.groups.keys()]:
        connection.execute(delete(groups).where(groups.c.group_id.in_(gone)))
    rows = [
        {
            "alert_id": name,
            "group_id": group_id(key),
            "key": _KEY.dump_json(key),
            "sequence": desk.told_by(key, name),
        }
        for name, key in desk.changes.told
    ]
    put(connection, told, rows)
    desk.saved()


def group_id(key: Key) -> str:
    """Name a group after its key."""
    return hashlib.sha256(_KEY.dump_json(key)).hexdigest()[:32]
