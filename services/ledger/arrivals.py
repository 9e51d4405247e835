"""What was recorded within a span: transitions of alerts, and which incidents were reported on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, FromClause, and_, select

from schemas.alert import Alert
from schemas.incident import Traffic
from schemas.topics import ALERTS, INCIDENTS
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known, of_traffic
from services.ledger.redact import redact
from services.ledger.reports import refused


@dataclass(frozen=True, slots=True)
class Span:
    """Record times from ``since`` on and before ``until``."""

    since: datetime
    until: datetime

    def has(self, table: FromClause) -> ColumnElement[bool]:
        """Tell which rows were recorded within it."""
        return and_(table.c.recorded_at >= self.since, table.c.recorded_at < self.until)


def transitions(engine: Engine, traffic: Traffic, known: Known, span: Span) -> tuple[Alert, ...]:
    """Return the transitions of alerts, in order of their recording."""
    told = tables.alerts
    query = (
        select(told.c.value)
        .where(span.has(told), of_traffic(told, traffic), known.has(told, ALERTS.name))
        .order_by(told.c.recorded_at, told.c.alert_id, told.c.sequence)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return tuple(redact(decode(ALERTS, row.value).data) for row in rows)


def reported(engine: Engine, traffic: Traffic, known: Known, span: Span) -> tuple[str, ...]:
    """Return the ids of the incidents of which a revision was recorded and not set aside.

    They are in the order of the first such revision.
    """
    said = tables.incidents.alias("said")
    query = (
        select(said.c.incident_id)
        .where(
            span.has(said),
            of_traffic(said, traffic),
            known.has(said, INCIDENTS.name),
            ~refused(said, known, whatever=True),
        )
        .order_by(said.c.recorded_at, said.c.partition, said.c.offset)
    )
    with reading(engine) as connection:
        return tuple(dict.fromkeys(connection.execute(query).scalars()))
