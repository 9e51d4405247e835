"""Lets one notifier at a time work on a database; a second one waits until the first has ended."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from services.faults import Fault

_LOCK = 0x464F5246
"""Any number that nobody else locks in the same PostgreSQL database."""

WAIT_S = 1.0
"""How often a second one asks [s], and how often the first makes sure that it still is."""


class LockLost(Fault):
    """The database let go of the lock: another notifier may have begun."""


@asynccontextmanager
async def alone(engine: Engine, say: Callable[[str], None]) -> AsyncIterator[Callable[[], None]]:
    """Hold the database for as long as the context lasts; it is let go of whatever ends us.

    Yields
    ------
    A check that raises ``LockLost`` once the lock is no longer held.
    """
    if engine.dialect.name == "sqlite":
        async with _file(Path(f"{engine.url.database}.lock"), say):
            yield lambda: None
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Given back to the pool, it would stay open, and so would the lock stay held.
        connection.detach()
        await _until(lambda: _try(connection), say)
        yield lambda: _check(connection)


@asynccontextmanager
async def _file(path: Path, say: Callable[[str], None]) -> AsyncIterator[None]:
    with path.open("w") as file:

        def locked() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        await _until(locked, say)
        yield


async def _until(locked: Callable[[], bool], say: Callable[[str], None]) -> None:
    if locked():
        return
    say("another notifier works on this database: waiting until it ends; Ctrl-C ends the waiting")
    while not locked():
        await asyncio.sleep(WAIT_S)


def _try(connection: Connection) -> bool:
    found = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
    return bool(found.scalar_one())


def _check(connection: Connection) -> None:
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        msg = "the connection that held the notifier's database is gone; start the notifier again"
        raise LockLost(msg) from error
