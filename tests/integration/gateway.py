"""A gateway in a process of its own, a broker that can be stopped, and clients that publish."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson

from schemas.topics import INCIDENTS
from services.local import kafka
from services.local.environment import environment
from services.local.process import answering, child
from services.log import reader
from services.ports import free_port
from services.settings import Kafka, Settings
from tests.builders import raw, report

NDJSON = {"content-type": "application/x-ndjson"}


@asynccontextmanager
async def gateway(settings: Settings, folder: Path) -> AsyncIterator[str]:
    """Run ``forewarn gateway run`` on a free port; yields its address."""
    port, log = free_port(), folder / "gateway.log"
    env = os.environ | environment(settings)
    env |= {
        "FOREWARN_GATEWAY__PORT": str(port),
        "FOREWARN_GATEWAY__RATE": "100000",
        "FOREWARN_GATEWAY__BURST": "100000",
    }
    async with child([sys.executable, "-m", "services.cli", "gateway", "run"], log, env) as process:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                assert process.returncode is None, log.read_text()[-3000:]
                try:
                    if (await client.get(f"{url}/healthz")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        try:
            yield url
        finally:
            assert process.returncode is None, log.read_text()[-3000:]


class Stoppable:
    """Apache Kafka that is stopped and started again, on the same port with the same data."""

    def __init__(self, libraries: Path, folder: Path) -> None:
        self._libraries, self._folder = libraries, folder
        self.at = ""

    async def start(self) -> None:
        """Start it for the first time."""
        self._context = kafka.running(self._libraries, self._folder, print)
        self._serving = await self._context.__aenter__()
        self.at = self._serving.at
        self._again: asyncio.subprocess.Process | None = None

    async def stop(self, how: signal.Signals) -> None:
        """Stop it: SIGTERM lets it close its files, SIGKILL does not."""
        process = self._again or self._serving.process
        process.send_signal(how)
        await process.wait()

    async def restart(self) -> None:
        """Start it again, and wait until it answers."""
        log = self._folder / "broker.log"
        command = kafka.command(self._libraries, self._folder / "server.properties")
        self._child = child(command, log)
        self._again = await self._child.__aenter__()
        await answering(self._again, self.at, log)

    async def close(self) -> None:
        """End it."""
        if self._again is not None:
            await self._child.__aexit__(None, None, None)
        await self._context.__aexit__(None, None, None)


async def in_the_log(settings: Kafka) -> Counter[str]:
    """Return how often each incident id stands in the log."""
    found: Counter[str] = Counter()
    async with reader(settings) as log:
        async for batch in log.read(INCIDENTS, await log.ends(INCIDENTS)):
            found.update(
                orjson.loads(record.value or b"")["data"]["incident_id"] for record in batch
            )
    return found


_LINE = raw(report(incident_id="I-n")) + b"\n"


def line(n: int, prefix: str = "I") -> bytes:
    """Return one report as a line of a batch."""
    return _LINE.replace(b"I-n", f"{prefix}-{n}".encode())


@dataclass
class Load:
    """Clients that publish until they are told to stop, and what they were answered.

    ``hung_up`` were given up by the client: nobody was told anything.
    """

    url: str
    name: str
    patience_s: float = 90
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    hung_up: set[str] = field(default_factory=set)
    causes: Counter[str] = field(default_factory=Counter)
    slowest_refusal_s: float = 0
    _stopping: bool = False

    def stop(self) -> None:
        """Let each client end after what it has in hand."""
        self._stopping = True

    async def run(self, clients: int) -> None:
        """Publish with many clients at once."""
        # Shorter than the gateway keeps an idle connection, which it may end just when it is used.
        limits = httpx.Limits(max_connections=clients, keepalive_expiry=2)
        async with httpx.AsyncClient(limits=limits, timeout=self.patience_s) as client:
            await asyncio.gather(*(self._client(client, n) for n in range(clients)))

    async def _client(self, client: httpx.AsyncClient, number: int) -> None:
        loop, sent = asyncio.get_running_loop(), 0
        while not self._stopping:
            name = f"{self.name}-{number}-{sent}"
            sent += 1
            body = raw(report(incident_id=name))
            begun = loop.time()
            try:
                answer = await client.post(
                    f"{self.url}/v1/incidents",
                    content=body,
                    headers={"content-type": "application/cloudevents+json"},
                )
            except httpx.TransportError as error:
                self.hung_up.add(name)
                self.causes[type(error).__name__] += 1
                continue
            if answer.status_code == 202:
                self.accepted.add(name)
            else:
                assert answer.status_code == 503, answer.text
                assert answer.headers["retry-after"]
                self.refused.add(name)
                self.slowest_refusal_s = max(self.slowest_refusal_s, loop.time() - begun)
                await asyncio.sleep(0.05)
