"""The channels that want nothing any more, until somebody enables them or they are others."""

from collections.abc import Mapping
from datetime import datetime

import orjson
import structlog
from sqlalchemy import ColumnElement, Connection, delete, select

from services.ledger.repeats import insert_new
from services.notifier.rows import put
from services.notifier.tables import disabled, notes

Place = tuple[str, str]
"""A receiver, and one of its channels, by their names."""

_MARKS = "channels"
"""Under which name it stands what tells of each channel whether it is another one."""

log = structlog.get_logger(__name__)


def every(connection: Connection) -> set[Place]:
    """Return all of them."""
    rows = connection.execute(select(disabled.c.receiver, disabled.c.channel))
    return {(receiver, channel) for receiver, channel in rows}


def is_closed(connection: Connection, place: Place) -> bool:
    """Tell whether a channel is one of them."""
    return connection.execute(select(disabled).where(*_at(place))).one_or_none() is not None


def close(connection: Connection, place: Place, why: str, moment: datetime) -> None:
    """Note that a channel wants nothing any more."""
    receiver, channel = place
    row = {"receiver": receiver, "channel": channel, "since": moment, "reason": why}
    connection.execute(insert_new(connection, disabled), [row])
    log.warning("channel disabled", receiver=receiver, channel=channel, why=why)


def enable(connection: Connection, receiver: str) -> None:
    """Forget that any channel of a receiver wanted nothing any more."""
    connection.execute(delete(disabled).where(disabled.c.receiver == receiver))


def reopen(connection: Connection, marks: Mapping[Place, str]) -> None:
    """Forget that a channel wanted nothing any more where its name is another channel's now.

    Parameters
    ----------
    marks
        What tells of each channel that there is whether it is another one than before.
    """
    noted = connection.execute(select(notes.c.value).where(notes.c.name == _MARKS)).scalar()
    before = {(receiver, channel): mark for receiver, channel, mark in orjson.loads(noted or b"[]")}
    for place in every(connection):
        if place in before and before[place] != marks.get(place):
            connection.execute(delete(disabled).where(*_at(place)))
            log.info("channel enabled: it is another one now", receiver=place[0], channel=place[1])
    value = orjson.dumps([[*place, mark] for place, mark in sorted(marks.items())])
    put(connection, notes, [{"name": _MARKS, "value": value}])


def _at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return disabled.c.receiver == place[0], disabled.c.channel == place[1]
