"""Reads the desk of the pure stages from the database, and writes back what has changed of it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, or_, select

from models.domain.notifying.desk import Desk
from models.domain.notifying.groups import Group, Key
from models.domain.notifying.holds import Known
from services.notifier.rows import put
from services.notifier.tables import alerts, groups, told

_KNOWN: TypeAdapter[Known] = TypeAdapter(Known)
_GROUP: TypeAdapter[Group] = TypeAdapter(Group)
_KEY: TypeAdapter[Key] = TypeAdapter(Key)


def load(connection: Connection, named: Iterable[str]) -> Desk:
    """Return every group, every open alert and those ``named``, with what was told of them."""
    found = [_GROUP.validate_json(row.content) for row in connection.execute(select(groups))]
    held = {entry.alert_id for group in found for entry in group.entries}
    wanted = or_(alerts.c.ended.is_(False), alerts.c.alert_id.in_(held | set(named)))
    known = {
        row.alert_id: _KNOWN.validate_json(row.known)
        for row in connection.execute(select(alerts).where(wanted))
    }
    desk = Desk(known, {group.key: group for group in found})
    for row in connection.execute(select(told).where(told.c.alert_id.in_(known))):
        by_group = desk.told.setdefault(row.alert_id, {})
        by_group[_KEY.validate_json(row.key)] = row.sequence
    return desk


def copied(desk: Desk) -> Desk:
    """Return the desk as it stands; what it holds never changes, only which of it it holds."""
    by_alert = {alert_id: dict(by_group) for alert_id, by_group in desk.told.items()}
    return Desk(dict(desk.alerts), dict(desk.groups), by_alert)


def save(connection: Connection, before: Desk, desk: Desk, moment: datetime) -> None:
    """Write what is otherwise than ``before``; ``moment`` is when it was heard."""
    known = [
        {
            "alert_id": name,
            "ended": one.ended,
            "known": _KNOWN.dump_json(one),
            "traffic": one.latest.traffic.value,
            "heard_at": moment,
        }
        for name, one in desk.alerts.items()
        if before.alerts.get(name) != one
    ]
    put(connection, alerts, known)
    changed = [
        {"group_id": group_id(key), "content": _GROUP.dump_json(group)}
        for key, group in desk.groups.items()
        if before.groups.get(key) != group
    ]
    put(connection, groups, changed)
    if gone := [group_id(key) for key in before.groups if key not in desk.groups]:
        connection.execute(delete(groups).where(groups.c.group_id.in_(gone)))
    rows = [
        {
            "alert_id": name,
            "group_id": group_id(key),
            "key": _KEY.dump_json(key),
            "sequence": sequence,
        }
        for name, by_group in desk.told.items()
        for key, sequence in by_group.items()
        if before.told.get(name, {}).get(key) != sequence
    ]
    put(connection, told, rows)


def group_id(key: Key) -> str:
    """Name a group after its key."""
    return hashlib.sha256(_KEY.dump_json(key)).hexdigest()[:32]
