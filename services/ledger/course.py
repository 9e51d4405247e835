"""The course of a segment's risk: what each statement said, and since when a step stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, select

from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.topics import ASSESSMENTS
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known, of_traffic


@dataclass(frozen=True, slots=True)
class Point:
    """What was said at a moment; it holds until the next one."""

    at: datetime
    level: Level
    escalation_14d: float
    fatal_7d: float
    fatal_14d: float


def course(
    engine: Engine, segment_id: str, traffic: Traffic, known: Known, since: datetime
) -> tuple[Point, ...]:
    """Return what was said from ``since`` on, after what held then, in order of time."""
    said = tables.assessments
    figures = (said.c.level, said.c.escalation_14d, said.c.fatal_7d, said.c.fatal_14d)
    here = select(said.c.recorded_at, *figures).where(_of(segment_id, traffic, known))
    time = (said.c.recorded_at, said.c.partition, said.c.offset)
    held = here.where(said.c.recorded_at < since).order_by(*(c.desc() for c in time)).limit(1)
    with reading(engine) as connection:
        rows = [
            *connection.execute(held),
            *connection.execute(here.where(said.c.recorded_at >= since).order_by(*time)),
        ]
    return tuple(Point(row.recorded_at, Level(row.level), *row[2:]) for row in rows)


def step_since(engine: Engine, segment_id: str, traffic: Traffic, known: Known) -> datetime | None:
    """Return since when the ladder's step has stood that was said last; None: none stands."""
    step, since = None, None
    with (
        reading(engine) as connection,
        connection.execute(_last_first(segment_id, traffic, known)) as rows,
    ):
        for row in rows:
            found = decode(ASSESSMENTS, row.value).ladder.step
            if found is None or found != (step or found):
                break
            step, since = found, row.recorded_at
    return since


def _of(segment_id: str, traffic: Traffic, known: Known) -> Any:
    said = tables.assessments
    return (
        (said.c.segment_id == segment_id)
        & of_traffic(said, traffic)
        & known.has(said, ASSESSMENTS.name)
    )


def _last_first(segment_id: str, traffic: Traffic, known: Known) -> Select[Any]:
    said = tables.assessments
    time = (said.c.recorded_at, said.c.partition, said.c.offset)
    query = select(said.c.recorded_at, said.c.value).where(_of(segment_id, traffic, known))
    return query.order_by(*(c.desc() for c in time)).execution_options(yield_per=50)
