"""Where every segment stands: its last assessment and its open alert, each in one query."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Select, and_, exists, func, select

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known, of_traffic

ENDS = tuple(t.value for t in Transition if t.ends)


@dataclass(frozen=True, slots=True)
class Stands:
    """What was last said of the risk on a segment, or on a border as a whole."""

    level: Level
    escalation_14d: float
    fatal_7d: float
    fatal_14d: float
    assessed_at: datetime
    model_version: str


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """The alert that is open on a segment."""

    alert_id: str
    opened_at: datetime


def levels(engine: Engine, traffic: Traffic, known: Known) -> dict[str, Stands]:
    """Return the last assessment of every segment that has one."""
    found: dict[str, Stands] = {}
    with reading(engine) as connection:
        # Of several at one moment the last in the log counts.
        for row in connection.execute(newest(traffic, known)):
            found[row.segment_id] = Stands(
                Level(row.level),
                row.escalation_14d,
                row.fatal_7d,
                row.fatal_14d,
                row.recorded_at,
                row.model_version,
            )
    return found


def open_alerts(engine: Engine, traffic: Traffic, known: Known) -> dict[str, OpenAlert]:
    """Return the open alert of every segment that has one; of several the one opened last."""
    told, end = tables.alerts.alias("told"), tables.alerts.alias("ends")
    over = exists().where(
        end.c.alert_id == told.c.alert_id,
        end.c.transition.in_(ENDS),
        known.has(end, ALERTS.name),
    )
    query = (
        select(told.c.segment_id, told.c.alert_id, told.c.opened_at)
        .where(told.c.sequence == 1, of_traffic(told, traffic), known.has(told, ALERTS.name), ~over)
        .order_by(told.c.opened_at, told.c.alert_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {row.segment_id: OpenAlert(row.alert_id, row.opened_at) for row in rows}


def newest(traffic: Traffic, known: Known) -> Select[tuple[object, ...]]:
    """Return the query for the last assessments.

    The segments are found by seeking from one to the next in the index, and the newest moment of
    each by another seek: the cost grows with the number of segments, not of assessments.
    """
    said, later, other = (tables.assessments.alias(n) for n in ("said", "later", "other"))
    ids = select(func.min(tables.assessments.c.segment_id).label("segment_id")).cte(
        "ids", recursive=True
    )
    following = (
        select(func.min(other.c.segment_id))
        .where(other.c.segment_id > ids.c.segment_id)
        .scalar_subquery()
    )
    ids = ids.union_all(select(following).where(ids.c.segment_id.is_not(None)))
    newest = (
        select(later.c.recorded_at)
        .where(
            later.c.segment_id == ids.c.segment_id,
            of_traffic(later, traffic),
            known.has(later, ASSESSMENTS.name),
        )
        .order_by(later.c.recorded_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    here = and_(
        said.c.segment_id == ids.c.segment_id,
        of_traffic(said, traffic),
        said.c.recorded_at == newest,
        known.has(said, ASSESSMENTS.name),
    )
    return (
        select(
            said.c.segment_id,
            said.c.level,
            said.c.escalation_14d,
            said.c.fatal_7d,
            said.c.fatal_14d,
            said.c.recorded_at,
            said.c.model_version,
        )
        .select_from(ids.join(said, here))
        .order_by(said.c.segment_id, said.c.partition, said.c.offset)
    )
