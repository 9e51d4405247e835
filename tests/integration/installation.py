"""One installation on which the pages of planned work are tried: its settings, life and reader."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
from tests.docs.shell import Said, Shell, shell
from tests.docs.walk import Step, Walk, steps

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
    """The settings of all its processes, and the shell in which its operator types."""

    settings: Settings
    typed: Shell

    @staticmethod
    @contextmanager
    def at(folder: Path, settings: Settings) -> Iterator["Installation"]:
        """Have one that has not run yet, with its databases in files."""
        folder.mkdir()
        config = folder / "notifier.toml"
        config.write_text(NOTIFIER.format(folder=folder / "cap"))
        with shell(folder, {}) as typed:
            yield Installation(settings, typed).having(
                data_dir=folder / "data", notifier={"config": config}, gateway={"port": 0}
            )

    @property
    def folder(self) -> Path:
        """Return where it is."""
        return self.typed.folder

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
        return await asyncio.to_thread(Walk(self._terminal(variables)).take, step)

    async def said(self, command: str) -> Said:
        """Return what came of a command of ours."""
        return await asyncio.to_thread(self._terminal({}).type, command)

    def _terminal(self, variables: dict[str, str]) -> Shell:
        """Return a terminal in which only the settings of now are set."""
        self.typed.forget()
        return replace(self.typed, env=self.typed.env | environment(self.settings) | variables)


def section(heading: str) -> list[Step]:
    """Return the blocks under a heading of the page."""
    found = [step for step in steps(PAGE) if step.heading == heading]
    assert found, f"no block under {heading!r}"
    return found
