"""A worker of the service that differs from a deployed one in what a fault asks of it.

``FAULT_VERSION`` is the version of its states' form, as that of a later build would be.
``FAULT_DIES`` is the share of batches after which it dies between publishing what follows from
them and keeping the states.
``FAULT_STUCK`` is what gets stuck some seconds after its start: ``reading``, so that nothing is
fetched while heartbeats go on, or ``loop``, which blocks. It is noticed sooner than in a deployed
one.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Mapping
from typing import Any

from services.risk import ending, tables, watchdog
from services.risk.changelog import TableStates
from services.risk.transport import ConsumerThread

STICKS_S = 12.0
"""When it gets stuck, after its start [s]: it has joined its group by then."""


def main() -> None:
    """Change what is to differ, before anything has read it; then work as the command does."""
    if version := os.environ.pop("FAULT_VERSION", None):
        tables.VERSION = int(version)
        tables.INCIDENTS_TABLE = f"incidents-v{version}"
        tables.SEGMENTS_TABLE = f"segments-v{version}"
    if share := os.environ.pop("FAULT_DIES", None):
        _die(float(share))
    if what := os.environ.pop("FAULT_STUCK", None):
        _stick(what)
    from services import cli

    cli.main()


def _die(share: float) -> None:
    keep = TableStates.keep

    async def dying(
        self: TableStates, partition: int, changes: Mapping[bytes, bytes | None]
    ) -> None:
        if random.random() < share:
            os.kill(os.getpid(), signal.SIGKILL)
        await keep(self, partition, changes)

    TableStates.keep = dying  # type: ignore[method-assign]


def _stick(what: str) -> None:
    watchdog.LOOK_S, watchdog.STALLED_S, watchdog.JOINING_S = 1.0, 5.0, 10.0
    ending.ORDERLY_S = 2.0
    keep, fetch, began = TableStates.keep, ConsumerThread._fetch_records, time.monotonic()

    def is_stuck() -> bool:
        return time.monotonic() > began + STICKS_S

    async def blocking(
        self: TableStates, partition: int, changes: Mapping[bytes, bytes | None]
    ) -> None:
        if what == "loop" and is_stuck():
            time.sleep(3_600)
        await keep(self, partition, changes)

    async def reading(self: ConsumerThread, *args: Any, **options: Any) -> Any:
        if what == "reading" and is_stuck():
            await asyncio.sleep(0.1)
            return {}
        return await fetch(self, *args, **options)

    TableStates.keep = blocking  # type: ignore[method-assign]
    ConsumerThread._fetch_records = reading  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
