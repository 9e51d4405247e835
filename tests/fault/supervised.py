"""A process that is started again whenever it ends, as a supervisor of services does."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from services.local.process import child, tail_of

PAUSE_S = 0.2
"""How long until a process that has ended is started again [s]."""


class Supervised:
    """One process.

    Attributes
    ----------
    command, env
        With what it is started next; a fault may change them.
    codes
        How it ended so far: each exit code, or minus the signal.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, env: dict[str, str] | None = None
    ) -> None:
        self.name, self.command, self.log, self.env = name, list(command), log, env
        self.codes: list[int] = []
        self._process: asyncio.subprocess.Process | None = None
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._ended = asyncio.Condition()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Supervised"]:
        """Keep it running for as long as the context lasts."""
        task = asyncio.create_task(self._supervise(), name=self.name)
        try:
            yield self
        finally:
            self.send(signal.SIGCONT)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def pid(self) -> int | None:
        """Return its process id; None between two starts."""
        return None if self._process is None else self._process.pid

    def send(self, how: signal.Signals) -> None:
        """Send it a signal, if there is a process to take it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)

    async def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process that runs now; it is started again unless it is held."""
        count = len(self.codes)
        if self._process is None:
            return
        self.send(how)
        async with self._ended:
            await self._ended.wait_for(lambda: len(self.codes) > count)

    def hold(self) -> None:
        """Do not start it again once it has ended."""
        self._may_run.clear()

    def release(self) -> None:
        """Start it again."""
        self._may_run.set()

    def told(self) -> str:
        """Return how it ended so far and the end of its log, for who wonders why."""
        return f"{self.name} (ended with {self.codes}): {tail_of(self.log, 12)}"

    async def _supervise(self) -> None:
        while True:
            await self._may_run.wait()
            async with child(self.command, self.log, self.env) as process:
                self._process = process
                code = await process.wait()
            self._process = None
            async with self._ended:
                self.codes.append(code)
                self._ended.notify_all()
            await asyncio.sleep(PAUSE_S)
