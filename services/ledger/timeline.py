"""The ledger over time: when anything was said first and last, and how alerts came and went."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.levels import ENDS
from services.ledger.paging import Known, of_traffic


@dataclass(frozen=True, slots=True)
class Change:
    """A transition of an alert; ``level`` is None where it ends with it.

    An alert stands as its transition of the highest ``sequence`` says that was recorded by then.
    """

    at: datetime
    alert_id: str
    sequence: int
    level: Level | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """From the first record to the last, and the alerts' changes in order of their recording."""

    first: datetime
    last: datetime
    changes: tuple[Change, ...]


def timeline(engine: Engine, traffic: Traffic, known: Known) -> Timeline | None:
    """Return the course of what was said and alerted; None where nothing ever was."""
    said, told = tables.assessments, tables.alerts
    time = select(said.c.recorded_at).where(
        of_traffic(said, traffic), known.has(said, ASSESSMENTS.name)
    )
    query = (
        select(
            told.c.recorded_at, told.c.alert_id, told.c.sequence, told.c.level, told.c.transition
        )
        .where(of_traffic(told, traffic), known.has(told, ALERTS.name))
        .order_by(told.c.recorded_at, told.c.alert_id, told.c.sequence)
    )
    with reading(engine) as connection:
        ends = [
            connection.execute(time.order_by(order).limit(1)).scalar()
            for order in (said.c.recorded_at, said.c.recorded_at.desc())
        ]
        rows = connection.execute(query).all()
    changes = tuple(
        Change(
            row.recorded_at,
            row.alert_id,
            row.sequence,
            None if row.transition in ENDS else Level(row.level),
        )
        for row in rows
    )
    moments = [at for at in ends if at is not None]
    moments += [change.at for change in (*changes[:1], *changes[-1:])]
    return Timeline(min(moments), max(moments), changes) if moments else None


def heard(engine: Engine) -> datetime | None:
    """Return when the worker last said anything at all, of any traffic."""
    said = tables.assessments
    with reading(engine) as connection:
        found = [
            connection.execute(
                select(said.c.recorded_at)
                .where(of_traffic(said, traffic))
                .order_by(said.c.recorded_at.desc())
                .limit(1)
            ).scalar()
            for traffic in Traffic
        ]
    return max((at for at in found if at is not None), default=None)
