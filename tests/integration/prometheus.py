"""A real Prometheus with the rules of the deployment, that scrapes a stack of the tests."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from services.local.environment import PORTS
from services.local.process import child, tail_of
from services.ports import free_port

DEPLOYED = Path(__file__).parents[2] / "deploy" / "prometheus"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Where it is."""

    url: str

    async def get(self, path: str, **asked: str) -> Any:
        """Return what the API answers."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/api/v1/{path}", params=asked) as response,
        ):
            found = await response.json()
        assert found["status"] == "success", found
        return found["data"]

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the series that a query gives now."""
        return (await self.get("query", query=query))["result"]  # type: ignore[no-any-return]

    async def firing(self) -> set[tuple[str, str]]:
        """Return the alerts that fire, each with the process that it is about."""
        alerts = (await self.get("alerts"))["alerts"]
        return {
            (a["labels"]["alertname"], a["labels"].get("process", ""))
            for a in alerts
            if a["state"] == "firing"
        }

    async def until(self, query: str, within: float = 60.0) -> list[dict[str, Any]]:
        """Wait until a query gives something."""
        async with asyncio.timeout(within):
            while not (found := await self.ask(query)):
                await asyncio.sleep(0.3)
        return found


@asynccontextmanager
async def prometheus(
    folder: Path, first_port: int, alertmanager: str | None = None, faster: int = 1
) -> AsyncIterator[Prometheus]:
    """Run a Prometheus that asks every second; skip without one.

    Parameters
    ----------
    first_port
        The first of the stack's metrics ports.
    alertmanager
        Where alerts go.
    faster
        By how much sooner than deployed rules fire.
    """
    program = shutil.which("prometheus")
    if program is None:
        lacks = "Prometheus is not installed here (package prometheus)"
        print(f"metrics are not tested on it: {lacks}")
        pytest.skip(lacks)
    folder.mkdir()
    config = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())
    config["global"] = {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "1s",
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    for name in config["rule_files"]:
        (folder / name).write_text(_sooner((DEPLOYED / name).read_text(), faster))
    targets = [
        {"labels": {"process": process}, "targets": [f"127.0.0.1:{first_port + number}"]}
        for number, process in enumerate(PORTS)
    ]
    (folder / "targets.yml").write_text(yaml.safe_dump(targets))
    to = [{"targets": [alertmanager.removeprefix("http://")]}] if alertmanager else []
    (folder / "alertmanagers.yml").write_text(yaml.safe_dump(to))
    port, log = free_port(), folder / "prometheus.log"
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
    ]
    async with child(command, log) as process:
        found = Prometheus(f"http://127.0.0.1:{port}")
        async with asyncio.timeout(60):
            while not await _ready(found):
                assert process.returncode is None, tail_of(log)
                await asyncio.sleep(0.2)
        yield found


def _sooner(rules: str, faster: int) -> str:
    units = {"m": 60, "h": 3_600, "d": 86_400}

    def scaled(found: "re.Match[str]") -> str:
        return f"for: {max(1, int(found[1]) * units[found[2]] // faster)}s"

    return re.sub(r"for: (\d+)([mhd])", scaled, rules)


async def _ready(found: Prometheus) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{found.url}/-/ready") as said:
            return said.status == 200
    except aiohttp.ClientError:
        return False
