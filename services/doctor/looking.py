"""Opens a database to look at it: nothing is made, nothing migrated, not even a file's mode."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

CONNECT_S = 5
"""How long PostgreSQL may take to accept a connection [s]."""


class NotThere(Exception):
    """There is no file of that name."""


@contextmanager
def looking(where: URL) -> Iterator[Engine]:
    """Open a database for reading alone, and close it whatever happens.

    Raises
    ------
    NotThere
        It is a file that does not exist.
    """
    engine = _sqlite(Path(where.database or "")) if _is_file(where) else _server(where)
    try:
        yield engine
    finally:
        engine.dispose()


def locked_out(where: URL) -> bool:
    """Tell whether it is a file that this user may not write to."""
    return _is_file(where) and not os.access(where.database or "", os.W_OK)


def _is_file(where: URL) -> bool:
    return where.get_backend_name() == "sqlite"


def _server(where: URL) -> Engine:
    return create_engine(
        where,
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT_S},
        execution_options={"postgresql_readonly": True},
    )


def _sqlite(path: Path) -> Engine:
    if not path.exists():
        raise NotThere
    # Whoever reads a file that nobody has open would leave an index of its write-ahead log beside
    # it, unless it is told that nobody writes.
    open_somewhere = path.with_name(f"{path.name}-wal").exists()
    how = "mode=ro" if open_somewhere else "mode=ro&immutable=1"
    at = f"file:{quote(str(path.resolve()))}?{how}"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(at, uri=True))
