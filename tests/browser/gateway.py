"""A gateway with its console as a process of its own, without Kafka: ``FOLDER [all]``.

The folder holds its data; it watches one border, or all of the world.

The page library keeps one application per process. It prints its address once it serves; its clock
is ahead by as many hours as the file ``ahead`` of its folder says.
"""

import asyncio
import sys
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from schemas.base import RecordRef
from schemas.topics import COMMANDS, INCIDENTS
from services import borders, logs
from services.console import mounting
from services.gateway.app import build
from services.gateway.auth.opening import authentication
from services.gateway.parts import Parts
from services.gateway.serving import listening
from services.gateway.tables import GATEWAY
from services.ledger import database
from services.ledger.paging import positions
from services.moments import utc_now
from services.records import Outgoing
from services.settings import Gateway, Settings
from tests.browser.sent import written
from tests.gateway.memory import MemoryLog

WATCHED = ("KGZ-TJK",)


class WrittenLog(MemoryLog):
    """Writes what is appended to the file ``sent``, for the desk to answer as a worker would.

    While its folder has a file ``no-broker`` no broker answers; ``slow-broker``: not yet.
    """

    def __init__(self, folder: Path, ledger: Engine) -> None:
        there = positions(ledger, (COMMANDS.name, INCIDENTS.name))
        super().__init__(1, {(topic, 0): found[0][1] for topic, found in there.items() if found})
        self._folder = folder

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Keep a record, and write it down."""
        if (self._folder / "slow-broker").exists():
            return asyncio.ensure_future(self._late(record))
        self.away = (self._folder / "no-broker").exists()
        place = super().put(record)
        if not self.away:
            with (self._folder / "sent").open("ab") as sent:
                sent.write(written(place.result(), record) + b"\n")
        return place

    async def _late(self, record: Outgoing) -> RecordRef:
        while (self._folder / "slow-broker").exists():
            await asyncio.sleep(0.02)
        return await self.put(record)


async def serve(folder: Path, watched: tuple[str, ...] | None) -> None:
    """Serve until the process is told to end."""
    # As the program does: without it a traceback with the values of all variables takes seconds.
    logs.as_lines()

    def clock() -> datetime:
        ahead = folder / "ahead"
        return utc_now() + timedelta(hours=float(ahead.read_text()) if ahead.exists() else 0)

    settings = Settings(borders=watched, data_dir=folder, gateway=Gateway(port=0))
    ledger = database.connect(database.url(settings))
    own = database.connect(database.place(None, folder, GATEWAY), GATEWAY)
    segments = {s.segment_id: s for s in borders.load_segments(watched, settings.segment_km)}
    who = await authentication(settings, own)
    log = WrittenLog(folder, ledger)
    parts = Parts(settings, log, ledger, own, segments, identify=who, clock=clock)
    app = build(lambda: nullcontext(parts))
    mounting.mount(app, parts)
    async with listening(app, settings.gateway) as (port, serving):
        print(f"http://127.0.0.1:{port}", flush=True)
        await serving


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), None if "all" in sys.argv[2:] else WATCHED))
