"""Opens a database of ours: SQLite in the data folder, or whatever the settings' URL names."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stamina
from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from services.faults import Fault
from services.ledger import migrate
from services.settings import Settings

_WRITES = "forewarn_writes"

AWAY = (OperationalError, InterfaceError)
"""What a database raises that does not answer: the same may be tried again."""


class LedgerUnavailable(Fault):
    """The database cannot be opened: why, and what to do."""


class NoLedger(LedgerUnavailable):
    """There is a place for a database, and nothing in it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A database of ours: what it is called, which setting names it, and what is in it.

    Parameters
    ----------
    fill
        The command that makes it.
    advice
        What to do about one of a newer version, beside upgrading.
    """

    name: str
    variable: str
    fill: str
    advice: str
    schema: migrate.Schema

    @property
    def file(self) -> str:
        """The name of its SQLite file in the data folder."""
        return f"{self.name}.sqlite"

    def at(self, where: URL) -> str:
        """Return its name and URL for messages."""
        return f"{self.name} {shown(where)}"


LEDGER = Kind(
    "ledger",
    "FOREWARN_LEDGER__URL",
    "forewarn ledger run",
    "point FOREWARN_LEDGER__URL at an empty database and run: forewarn ledger rebuild",
    migrate.LEDGER,
)


def url(settings: Settings) -> URL:
    """Return where the ledger is.

    Raises
    ------
    LedgerUnavailable
        The setting is not the URL of a database that the ledger can use.
    """
    return place(settings.ledger.url, settings.data_dir, LEDGER)


def place(setting: SecretStr | None, folder: Path, kind: Kind) -> URL:
    """Return where a database is: what the setting says, else a file in ``folder``.

    Raises
    ------
    LedgerUnavailable
        The setting is not the URL of a database that can be used.
    """
    if setting is None:
        return URL.create("sqlite", database=str(folder / kind.file))
    expected = "expected e.g. postgresql://user:password@host/database or sqlite:////path/file"
    try:
        found = make_url(setting.get_secret_value())
    except ArgumentError:
        # The value stays out of the message, since it may hold a password.
        msg = f"{kind.variable}: not the URL of a database; {expected}"
        raise LedgerUnavailable(msg) from None
    backend = found.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return found.set(drivername="sqlite")
    msg = f"{kind.variable}: {backend!r} is not supported; {expected}"
    raise LedgerUnavailable(msg)


def shown(where: URL) -> str:
    """Return the URL for a screen or a log: without its password."""
    return where.render_as_string(hide_password=True)


def connect(where: URL, kind: Kind = LEDGER, *, create: bool = True) -> Engine:
    """Return the database with its schema up to date.

    Parameters
    ----------
    create
        False refuses a database that holds nothing of its kind, for those who only read.

    Raises
    ------
    LedgerUnavailable, migrate.SchemaDiffers
        It cannot be reached, or its schema is of a newer version.
    """
    if where.get_backend_name() == "sqlite" and where.database:
        if not create and not Path(where.database).exists():
            raise NoLedger(_absent(where, kind))
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(where)
    try:
        with writing(engine) as connection:
            if not create and not migrate.current(connection, kind.schema):
                raise NoLedger(_absent(where, kind))
            migrate.upgrade(connection, kind.at(where), kind.advice, kind.schema)
    except DBAPIError as error:
        engine.dispose()
        msg = f"{kind.at(where)}: {reason(error)}; check {kind.variable}"
        raise LedgerUnavailable(msg) from error
    except Fault:
        engine.dispose()
        raise
    return engine


def reason(error: DBAPIError) -> str:
    """Return why a database did not do what it was asked for, in a line; it may name its host."""
    return str(error.orig).strip().splitlines()[0]


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes: all of it, or nothing.

    SQLite takes the right to write at once, since a transaction that begins with reading cannot
    wait for it. PostgreSQL looks at each row again once another writer has let go of it.
    """
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one moment of the database, whatever is written meanwhile."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**level) as connection:
        yield connection


def _engine(where: URL) -> Engine:
    if where.get_backend_name() != "sqlite":
        return create_engine(where, pool_pre_ping=True, isolation_level="READ COMMITTED")
    engine = create_engine(where, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: object, _entry: ConnectionPoolEntry) -> None:
    """Let SQLAlchemy begin transactions, and let readers go on while one writes."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    _write_ahead(connection)
    # A power cut may lose the last batches, rows and offsets together: the log has them still.
    connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]


@stamina.retry(on=sqlite3.OperationalError, attempts=None, timeout=30.0, wait_max=0.2)
def _write_ahead(connection: object) -> None:
    # Two that open a new file at once both change its mode, for which SQLite waits for nobody.
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _absent(where: URL, kind: Kind) -> str:
    return f"{kind.at(where)}: there is none yet; fill it with: {kind.fill}"
