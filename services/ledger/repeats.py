"""Keeps each alert once: a repeat is the same alert, and one with other content is reported."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from schemas.topics import ALERTS
from schemas.versions import decode
from services.ledger.rows import Values
from services.ledger.tables import alerts, contradictions

_IDENTITY = ("alert_id", "sequence")


def insert_new(connection: Connection, table: Table, *unique: str) -> Any:
    """Return an insert that leaves out what is there already.

    Parameters
    ----------
    unique
        The columns that say so; none: the primary key.
    """
    chosen = unique or tuple(column.name for column in table.primary_key)
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=chosen)
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=chosen)


def insert_alerts(connection: Connection, told: Sequence[Values]) -> list[Values]:
    """Insert what is new of ``told``; return, and keep apart, what contradicts it.

    A worker that died between publishing and keeping its state publishes again the same bytes.
    """
    connection.execute(insert_new(connection, alerts, *_IDENTITY), told)
    stands = _standing(connection, told)
    found = [
        {
            **{name: alert[name] for name in (*_IDENTITY, "partition", "offset", "recorded_at")},
            "stands_partition": first.partition,
            "stands_offset": first.offset,
            "value": alert["value"],
        }
        for alert in told
        if not _same(alert, first := stands[alert["alert_id"], alert["sequence"]])
    ]
    if found:
        connection.execute(insert(contradictions), found)
    return [{n: v for n, v in alert.items() if n != "value"} for alert in found]


def _standing(connection: Connection, told: Sequence[Values]) -> dict[tuple[str, int], Row[Any]]:
    """Return the alerts that stand under the names of ``told``."""
    identity = tuple_(alerts.c.alert_id, alerts.c.sequence)
    names = {(alert["alert_id"], alert["sequence"]) for alert in told}
    columns = (*alerts.primary_key, alerts.c.alert_id, alerts.c.sequence, alerts.c.value)
    rows = connection.execute(select(*columns).where(identity.in_(names)))
    return {(row.alert_id, row.sequence): row for row in rows}


def _same(alert: Values, first: Row[Any]) -> bool:
    """Tell whether both say the same, be it in other bytes."""
    if alert["value"] == first.value:
        return True
    given, stands = (decode(ALERTS, v) for v in (alert["value"], first.value))
    return bool(given == stands)
