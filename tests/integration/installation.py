"""One installation on which the pages of planned work are tried: its settings, life and reader."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import URL

from services.local.environment import environment
from services.local.running import Running
from services.local.stack import stack
from services.settings import Settings
from tests.docs.pages import ROOT
from tests.docs.walk import STATE, Step, Walk, steps

PAGE = ROOT / "docs" / "maintaining.md"
NOTIFIER = """
heartbeat_every = "0 seconds"
[receivers.folder]
channels = [{{kind = "cap", sender = "forewarn@localhost", folder = "{folder}", scope = "Public"}}]
[[routes]]
receiver = "folder"
group_wait = "0 seconds"
group_interval = "1 second"
repeat_interval = "never"
"""


@dataclass(frozen=True)
class Installation:
    """The settings of all its processes, and the folder in which its operator types."""

    settings: Settings
    folder: Path

    @staticmethod
    def at(folder: Path, settings: Settings, database: URL | None = None) -> "Installation":
        """Return one that has not run yet, with all of its databases at one URL, else in files."""
        (folder / "bin").mkdir(parents=True)
        program = folder / "bin" / "forewarn"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m services.entry "$@"\n')
        program.chmod(0o755)
        config = folder / "notifier.toml"
        config.write_text(NOTIFIER.format(folder=folder / "cap"))
        made = Installation(settings, folder).having(
            data_dir=folder / "data", notifier={"config": config}, gateway={"port": 0}
        )
        return made if database is None else made.on(database)

    def having(self, **changed: Any) -> "Installation":
        """Return the same with other settings."""
        update = {
            name: getattr(self.settings, name).model_copy(update=value)
            if isinstance(value, dict)
            else value
            for name, value in changed.items()
        }
        return replace(self, settings=self.settings.model_copy(update=update))

    def on(self, database: URL) -> "Installation":
        """Return the same with all databases at a URL."""
        plain = database.set(drivername="postgresql").render_as_string(hide_password=False)
        secret = {"url": SecretStr(plain)}
        return self.having(ledger=secret, gateway=secret, notifier=secret)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[httpx.AsyncClient]:
        """Run everything, and give a client of its gateway."""
        async with self.processes() as running:
            assert running.address is not None
            async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
                yield client

    @asynccontextmanager
    async def processes(self) -> AsyncIterator[Running]:
        """Run everything."""
        async with stack(
            self.settings, None, print, ledger=True, notifier=True, gateway=True
        ) as running:
            yield running

    async def types(self, step: Step, **variables: str) -> str:
        """Type a block of the page, and return what came; it shows what the page says."""
        return await asyncio.to_thread(self._walk(variables).take, step)

    async def said(self, command: str) -> tuple[int, str]:
        """Return what a command of ours ended with, and all that it said."""
        return await asyncio.to_thread(self._walk({}).tried, Step(0, "", command))

    def _walk(self, variables: Mapping[str, str]) -> Walk:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
        # A terminal of its own each time: the settings are those of now.
        (self.folder / STATE).unlink(missing_ok=True)
        return Walk(self.folder, environment(self.settings) | own | dict(variables))


def section(heading: str) -> list[Step]:
    """Return the blocks under a heading of the page."""
    found = [step for step in steps(PAGE) if step.heading == heading]
    assert found, f"no block under {heading!r}"
    return found
