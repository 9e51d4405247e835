"""A crowd of readers of one gateway: each is told everything, and its memory stays bounded."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from services import topics
from services.ledger import database
from services.ledger.store import Store
from services.ports import free_port
from services.settings import Settings
from tests.builders import at
from tests.gateway.follow.written import Written, told
from tests.integration.crowd import Listener, memory
from tests.integration.gateways import gateway

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

READERS = int(os.environ.get("FOREWARN_TEST_READERS", "100"))
ALERTS = int(os.environ.get("FOREWARN_TEST_READERS_ALERTS", "40"))
EVERY_S = 0.05 if READERS <= 200 else 0.4
SMALL_MB = 0.15
"""What a reader may take [MB], in a crowd of which half takes nothing."""


class Crowd:
    """Readers of one gateway, the alerts that are written for them, and how long each took."""

    def __init__(self, settings: Settings, port: int, pid: int) -> None:
        self._engine = database.connect(database.url(settings))
        self._written = Written(Store(self._engine))
        self._at: dict[int, float] = {}
        self._port, self.pid = port, pid
        self.latencies: list[float] = []
        self.readers: list[Listener] = []

    async def join(self, count: int, *, deaf: bool = False) -> list[Listener]:
        """Connect readers, and return once each is being told."""
        loop = asyncio.get_running_loop()
        new = []
        for _ in range(count):
            one = Listener("/v1/alerts/stream", self._heard, deaf=deaf)
            await loop.create_connection(lambda one=one: one, "127.0.0.1", self._port)  # type: ignore[misc]
            new.append(one)
        for one in new:
            await asyncio.wait_for(one.begun.wait(), 60)
        self.readers += new
        return new

    async def write(self, count: int, length: int = 1_500) -> float:
        """Write alerts one by one; return the most memory that the gateway took [MB]."""
        most = 0.0
        for _ in range(count):
            number = len(self._at) + 1
            one = told(number, 2, at(number), explanation="x" * length)
            await asyncio.to_thread(self._written.put, one)
            self._at[number] = time.monotonic()
            await asyncio.sleep(EVERY_S)
            most = max(most, memory(self.pid))
        return most

    async def all_heard(self, listeners: list[Listener], first: int) -> None:
        """Wait until each has heard every alert from a number on, and check the order."""
        expected = list(range(first, len(self._at) + 1))
        async with asyncio.timeout(60):
            while any(len(one.sequences) < len(expected) for one in listeners):
                await asyncio.sleep(0.1)
        assert [one.sequences for one in listeners if one.sequences != expected] == []

    def percentile(self, share: float) -> float:
        """Return a percentile of the time from the read model to a reader [ms]."""
        found = sorted(self.latencies)
        return 1_000 * found[min(len(found) - 1, int(share * len(found)))]

    def close(self) -> None:
        for one in self.readers:
            one.close()
        self._engine.dispose()

    def _heard(self, number: int) -> None:
        # One that is heard before its time is noted took no time.
        now = time.monotonic()
        self.latencies.append(now - self._at.get(number, now))


@asynccontextmanager
async def crowd(settings: Settings, **own: Any) -> AsyncIterator[Crowd]:
    """Run a gateway, and have a crowd at it."""
    changed = settings.gateway.model_copy(update=own)
    settings = settings.model_copy(update={"gateway": changed})
    await topics.ensure(settings.kafka)
    port = free_port()
    async with gateway(settings, "gateway", port) as found:
        there = Crowd(settings, port, found.pid)
        try:
            yield there
        finally:
            there.close()


async def test_each_of_many_readers_is_told_every_alert_soon(settings: Settings) -> None:
    async with crowd(settings) as there:
        first = await there.join(1)
        await there.write(3)
        # Who joins is told of what the gateway has not seen yet.
        await there.all_heard(first, 1)
        alone = memory(there.pid)
        readers = await there.join(READERS)
        joined = memory(there.pid)
        there.latencies.clear()
        busy = await there.write(ALERTS)
        await there.all_heard(readers, 4)
        p50, p99 = there.percentile(0.5), there.percentile(0.99)
        for one in there.readers:
            one.close()
        await asyncio.sleep(1)
        after = memory(there.pid)
    print(
        f"\n{READERS} readers, {ALERTS} alerts each, one every {EVERY_S} s: "
        f"memory {alone:.0f} MB alone, {joined:.0f} MB joined, {busy:.0f} MB at most, "
        f"{after:.0f} MB after; {1_000 * (busy - alone) / READERS:.0f} kB a reader; "
        f"from the read model to a reader p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    )
    assert busy - alone < 10 + READERS * SMALL_MB
    assert p99 < 2_000


async def test_readers_that_never_read_take_little_and_are_cut_off(settings: Settings) -> None:
    patience = timedelta(seconds=1 if READERS <= 200 else 10)
    async with crowd(settings, patience=patience) as there:
        first = await there.join(1)
        await there.write(3)
        # Who joins is told of what the gateway has not seen yet.
        await there.all_heard(first, 1)
        alone = memory(there.pid)
        deaf = await there.join(READERS // 2, deaf=True)
        readers = await there.join(READERS - READERS // 2)
        most = await there.write(max(ALERTS, 130), 4_000)
        await there.all_heard(readers, 4)
        p50, p99 = there.percentile(0.5), there.percentile(0.99)
        # Each of them was cut off, though it did nothing.
        await asyncio.gather(*(one.listen() for one in deaf))
        stops = time.monotonic()
        os.kill(there.pid, signal.SIGTERM)
        await asyncio.gather(*(one.ended.wait() for one in readers))
        ending = time.monotonic() - stops
    print(
        f"\n{READERS} readers, half of which never read: memory {alone:.0f} MB alone, "
        f"{most:.0f} MB at most; {1_000 * (most - alone) / READERS:.0f} kB a reader; "
        f"from the read model to a reader p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
        f"all let go {ending:.1f} s after SIGTERM"
    )
    assert ending < 5
    assert most - alone < 10 + READERS * SMALL_MB
