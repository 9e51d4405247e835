"""Keeps how the heartbeats stand, in the transaction that hears of one."""

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from models.domain.notifying.heartbeats import Pulse
from schemas.alert import Alert
from schemas.incident import Traffic
from services.notifier.rows import put
from services.notifier.tables import notes

_PULSE: TypeAdapter[Pulse] = TypeAdapter(Pulse)
_NAME = "pulse"


def load(connection: Connection) -> Pulse:
    """Return how the heartbeats stand."""
    row = connection.execute(select(notes).where(notes.c.name == _NAME)).one_or_none()
    return _PULSE.validate_json(row.value) if row is not None else Pulse()


def save(connection: Connection, pulse: Pulse) -> None:
    """Keep how the heartbeats stand."""
    put(connection, notes, [{"name": _NAME, "value": _PULSE.dump_json(pulse)}])


def heard(connection: Connection, alert: Alert) -> None:
    """Note that a heartbeat came back, if ``alert`` rests on one."""
    if alert.traffic is not Traffic.HEARTBEAT:
        return
    before = after = load(connection)
    for incident in alert.incidents:
        after = after.came_back(incident.incident_id)
    if after != before:
        save(connection, after)
