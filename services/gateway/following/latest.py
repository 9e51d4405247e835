"""Reads the latest alerts from the read model, and all that was said of one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select, tuple_

from schemas.alert import Alert
from schemas.base import EARLIEST, LATEST
from services.gateway.following.entries import shown
from services.gateway.following.filters import Wanted
from services.ledger.database import reading
from services.ledger.tables import alerts, micros, of_micros

_ORDER = (alerts.c.recorded_at, alerts.c.partition, alerts.c.offset)

BEFORE = r"^-?[0-9]{1,18}\.[0-9]{1,9}\.[0-9]{1,18}$"
"""How a place among the latest alerts is written: microseconds since 1970, partition, offset."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Alerts from the latest on, and the place of the last when there are earlier ones."""

    alerts: tuple[Alert, ...]
    before: str | None


def latest(ledger: Engine, wanted: Wanted, most: int, before: str | None = None) -> Latest:
    """Return the latest alerts by record time, or those before a place among them."""
    columns = (*_ORDER, alerts.c.value)
    query = select(*columns).where(wanted.clause()).order_by(*(c.desc() for c in _ORDER))
    if before is not None:
        number, partition, offset = map(int, before.split("."))
        place = (_moment(number), partition, offset)
        query = query.where(tuple_(*_ORDER) < place)
    with reading(ledger) as connection:
        rows = connection.execute(query.limit(most + 1)).all()
    told = tuple(shown(row.value).data for row in rows[:most])
    if len(rows) <= most:
        return Latest(told, None)
    last = rows[most - 1]
    return Latest(told, f"{micros(last.recorded_at)}.{last.partition}.{last.offset}")


def _moment(number: int) -> datetime:
    """Return the time of a number of microseconds, or the end of time that is nearest to it."""
    return of_micros(min(max(number, micros(EARLIEST)), micros(LATEST)))


def history(ledger: Engine, alert_id: str, sequence: int) -> tuple[Alert, ...]:
    """Return the transitions of an alert up to one; empty when that one is not there."""
    at = alerts.c
    query = (
        select(at.value)
        .where(at.alert_id == alert_id, at.sequence <= sequence)
        .order_by(at.sequence)
    )
    with reading(ledger) as connection:
        told = tuple(shown(row.value).data for row in connection.execute(query))
    return told if told and told[-1].sequence == sequence else ()
