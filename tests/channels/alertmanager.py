"""A real Alertmanager for the session, with a receiver of its own."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from services.local.process import child, tail_of
from services.ports import free_port
from tests.channels.receiver import Receiver, receiving

NAMES = ("prometheus-alertmanager", "alertmanager")
"""The program is called so in Debian's package, and so in the project's own archive."""


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """Where it is, and what it told the receiver that its configuration names."""

    url: str
    receiver: Receiver

    async def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are open there."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/api/v2/alerts") as response,
        ):
            found: list[dict[str, Any]] = await response.json()
            return found

    def told(self) -> list[tuple[str, str]]:
        """Return the status and the alert id of each alert that it notified of."""
        bodies = (json.loads(got.body) for got in self.receiver.got)
        return [(a["status"], a["labels"]["alert_id"]) for body in bodies for a in body["alerts"]]

    async def received(self) -> int:
        """Return how many alerts it was sent, repeats included."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/metrics") as response,
        ):
            lines = (await response.text()).splitlines()
        name = "alertmanager_alerts_received_total"
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith(name))


@pytest_asyncio.fixture
async def alertmanager(tmp_path: Path) -> AsyncIterator[Alertmanager]:
    """An Alertmanager that is there for one test."""
    async with alertmanaging(tmp_path) as found:
        yield found


@asynccontextmanager
async def alertmanaging(folder: Path) -> AsyncIterator[Alertmanager]:
    """Run an Alertmanager on free ports of 127.0.0.1 that notifies at once; skip without one."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        lacks = "Alertmanager is not installed here (package prometheus-alertmanager)"
        print(f"the channel to it is not tested: {lacks}")
        pytest.skip(lacks)
    async with receiving() as receiver:
        config = folder / "alertmanager.json"
        config.write_text(json.dumps(_config(receiver.url)))
        url, log = f"http://127.0.0.1:{free_port()}", folder / "alertmanager.log"
        command = [
            program,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            # Without it, it looks for others of its kind.
            "--cluster.listen-address=",
        ]
        async with child(command, log) as process:
            await _ready(url, log, process)
            yield Alertmanager(url, receiver)


def _config(url: str) -> dict[str, Any]:
    return {
        "global": {"resolve_timeout": "1s"},
        "route": {
            "receiver": "test",
            "group_by": ["alert_id"],
            "group_wait": "10ms",
            "group_interval": "200ms",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": "test", "webhook_configs": [{"url": url, "send_resolved": True}]}],
    }


async def _ready(url: str, log: Path, process: Any) -> None:
    deadline = time.monotonic() + 30
    async with aiohttp.ClientSession() as session:
        while True:
            assert process.returncode is None, tail_of(log)
            assert time.monotonic() < deadline, tail_of(log)
            try:
                async with session.get(f"{url}/-/ready") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
