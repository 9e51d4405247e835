"""The trail of a segment: what was said of its risk, the last first, a page at a time."""

from datetime import datetime

from sqlalchemy import ColumnElement, Engine, FromClause, and_, exists, or_, select, true

from schemas.assessment import Assessment
from schemas.incident import Traffic
from schemas.topics import ASSESSMENTS
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known, Page, Window, before, cut, of_traffic


def trail(
    engine: Engine,
    segment_id: str,
    traffic: Traffic,
    known: Known,
    window: Window,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Assessment]:
    """Return what was said from ``since`` on and before ``until``, each statement once."""
    said, first = tables.assessments.alias("said"), tables.assessments.alias("first")
    order = (said.c.recorded_at, said.c.partition, said.c.offset)
    # A worker that died between publishing and keeping its state publishes again the same bytes.
    again = exists().where(
        first.c.segment_id == said.c.segment_id,
        first.c.traffic == said.c.traffic,
        first.c.recorded_at == said.c.recorded_at,
        first.c.value == said.c.value,
        or_(
            first.c.partition < said.c.partition,
            and_(first.c.partition == said.c.partition, first.c.offset < said.c.offset),
        ),
    )
    query = (
        select(*order, said.c.value)
        .where(
            said.c.segment_id == segment_id,
            of_traffic(said, traffic),
            known.has(said, ASSESSMENTS.name),
            ~again,
            true() if since is None else said.c.recorded_at >= since,
            true() if until is None else said.c.recorded_at < until,
            before(order, window.after),
        )
        .order_by(*(column.desc() for column in order))
        .limit(window.limit + 1)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    keys = [(row.recorded_at, row.partition, row.offset) for row in rows]
    page = cut(rows, keys, window.limit)
    return Page(tuple(decode(ASSESSMENTS, row.value) for row in page.items), page.last)


def assesses(said: FromClause, seen: FromClause) -> ColumnElement[bool]:
    """Tell which assessments, or an alias of them, are of which observations."""
    return and_(
        # Not needed to tell, but what an index can seek by.
        said.c.segment_id == seen.c.segment_id,
        said.c.traffic == seen.c.traffic,
        said.c.recorded_at >= seen.c.recorded_at,
        said.c.observation_partition == seen.c.partition,
        said.c.observation_offset == seen.c.offset,
    )


def assessed(engine: Engine, segment_id: str) -> bool:
    """Tell whether anything was ever said of a segment, watched today or not."""
    said = tables.assessments
    query = select(said.c.offset).where(said.c.segment_id == segment_id).limit(1)
    with reading(engine) as connection:
        return connection.execute(query).first() is not None
