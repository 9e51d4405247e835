"""Writes rows whether they are there or not, on either kind of database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write ``rows``, each in the place of the one with its primary key, if there is one."""
    if not rows:
        return
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    keys = [column.name for column in table.primary_key]
    query = kind.insert(table)
    rest = {name: query.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(query.on_conflict_do_update(index_elements=keys, set_=rest), rows)
