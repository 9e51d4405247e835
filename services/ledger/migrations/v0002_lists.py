"""What lists ask by: types of incidents, whether one lies on the segment itself, and indexes."""

from collections.abc import Callable
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BATCH = 1_000


def upgrade() -> None:
    """Add the columns, fill them from the records' bytes, and index."""
    op.add_column("incidents", sa.Column("event_type", sa.Text(), nullable=True))
    op.add_column("incidents", sa.Column("sub_event_type", sa.Text(), nullable=True))
    op.add_column("observations", sa.Column("own", sa.Boolean(), nullable=True))
    _fill("incidents", _types, "event_type", "sub_event_type")
    _fill("observations", _own, "own")
    for table, *columns in (
        ("incidents", "traffic", "occurred_start", "incident_id"),
        ("alerts", "traffic", "opened_at", "alert_id"),
        ("deliveries", "recorded_at"),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def _types(payload: dict[str, Any]) -> dict[str, Any]:
    # In binary mode the value is the incident itself.
    data = payload.get("data", payload)
    return {name: data.get(name) for name in ("event_type", "sub_event_type")}


def _own(payload: dict[str, Any]) -> dict[str, Any]:
    kind = payload.get("kind")
    return {"own": payload.get("nearby_km") is None if kind == "assert" else None}


def _fill(name: str, read: Callable[[dict[str, Any]], dict[str, Any]], *columns: str) -> None:
    """Set ``columns`` of every row of a table by the value of its record."""
    names = ("partition", "offset", "value", *columns)
    table = sa.table(name, *(sa.column(n) for n in names))
    connection, place = op.get_bind(), sa.tuple_(table.c.partition, table.c.offset)
    query = sa.select(table.c.partition, table.c.offset, table.c.value)
    query = query.order_by(table.c.partition, table.c.offset).limit(_BATCH)
    change = sa.update(table).where(
        table.c.partition == sa.bindparam("at_partition"),
        table.c.offset == sa.bindparam("at_offset"),
    )
    change = change.values({column: sa.bindparam(f"new_{column}") for column in columns})
    rows = connection.execute(query).all()
    while rows:
        connection.execute(
            change,
            [
                {
                    "at_partition": row.partition,
                    "at_offset": row.offset,
                    **{f"new_{n}": v for n, v in read(orjson.loads(row.value)).items()},
                }
                for row in rows
            ],
        )
        last = sa.tuple_(*(sa.literal(part, sa.BigInteger()) for part in rows[-1][:2]))
        rows = connection.execute(query.where(place > last)).all()
