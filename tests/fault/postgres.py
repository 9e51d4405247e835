"""A PostgreSQL server of a test's own that can be ended and started again."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy import URL

from tests import databases
from tests.fault.disk import Disk, disk
from tests.fault.supervised import Supervised
from tests.ports import lasting_port

DISK_MB = 400
"""Size of a small disk [MB]."""

STARTS_S = 60.0
"""How long it may take to answer [s]: it first mends what a crash left."""


class Postgres:
    """Its process, where it answers, and its disk if that is its own."""

    def __init__(self, process: Supervised, url: URL, disk: Disk | None) -> None:
        self.process, self.url, self.disk = process, url, disk

    async def answers(self) -> None:
        """Return once it takes a client."""
        async with asyncio.timeout(STARTS_S):
            while not await asyncio.to_thread(databases.answers, self.url):
                await asyncio.sleep(0.1)


@asynccontextmanager
async def postgres(small_disk: bool = False) -> AsyncIterator[Postgres]:
    """Run a server for as long as the context lasts, on a small disk of its own if asked for."""
    # Only who runs the tests may enter most folders, and PostgreSQL is somebody else.
    own = Path(tempfile.mkdtemp(prefix="forewarn-fault-"))
    with ExitStack() as mounted:
        full = mounted.enter_context(disk(own, DISK_MB)) if small_disk else None
        databases.prepare(own)
        async with _running(own, full) as found:
            yield found
    shutil.rmtree(own, ignore_errors=True)


@asynccontextmanager
async def _running(own: Path, full: Disk | None) -> AsyncIterator[Postgres]:
    port = lasting_port()
    command = databases.guarded(databases.command(own, port))
    log = Path(f"{own}.log")
    async with Supervised("PostgreSQL", command, log).running() as process:
        found = Postgres(process, databases.at(port), full)
        await found.answers()
        try:
            yield found
        finally:
            process.hold()
            # SIGTERM would wait for clients that do not leave.
            await process.end(signal.SIGINT)
    log.unlink()
