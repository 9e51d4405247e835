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
    _fill("incidents", ("value", "headers"), _types, "event_type", "sub_event_type")
    _fill("observations", ("value",), _own, "own")
    for table, *columns in (
        ("incidents", "traffic", "occurred_start", "incident_id"),
        ("alerts", "traffic", "opened_at", "alert_id"),
        ("deliveries", "recorded_at"),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def _types(row: Any) -> dict[str, Any]:
    payload = orjson.loads(row.value)
    # In binary mode the value is the incident itself, in which "data" is nobody's field.
    binary = any(name == "ce_specversion" for name, _ in orjson.loads(row.headers))
    data = payload if binary else payload["data"]
    names = ("event_type", "sub_event_type")
    # What else a retraction says has no effect.
    said = data.get("status") != "retracted"
    return {name: data.get(name) if said else None for name in names}


def _own(row: Any) -> dict[str, Any]:
    payload = orjson.loads(row.value)
    kind = payload.get("kind")
    return {"own": payload.get("nearby_km") is None if kind == "assert" else None}


def _fill(
    name: str, given: tuple[str, ...], read: Callable[[Any], dict[str, Any]], *columns: str
) -> None:
    """Set ``columns`` of every row of a table by the columns ``given``, as ``read`` finds them."""
    names = ("partition", "offset", *given, *columns)
    table = sa.table(name, *(sa.column(n) for n in names))
    connection, place = op.get_bind(), sa.tuple_(table.c.partition, table.c.offset)
    query = sa.select(*(table.c[n] for n in ("partition", "offset", *given)))
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
                    **{f"new_{n}": v for n, v in read(row).items()},
                }
                for row in rows
            ],
        )
        last = sa.tuple_(*(sa.literal(part, sa.BigInteger()) for part in rows[-1][:2]))
        rows = connection.execute(query.where(place > last)).all()
