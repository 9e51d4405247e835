"""A TCP link to one port that can be cut, held up or slowed down, for as long as a test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.ports import lasting_port

PIECE = 65_536
"""Most bytes that are passed on at once."""


class Link:
    """Passes what comes to ``port`` on to ``target``, and back, both on loopback.

    Parameters
    ----------
    target
        The port that connections lead to.

    Attributes
    ----------
    port
        Where it listens.
    delay_s
        How long each piece is held back [s].
    """

    def __init__(self, target: int) -> None:
        self.port = lasting_port()
        self.delay_s = 0.0
        self._target = target
        self._open = asyncio.Event()
        self._open.set()
        self._ways: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Link"]:
        """Listen for as long as the context lasts."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            self.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection; new ones are taken."""
        for way in list(self._ways):
            way.transport.abort()

    def hold(self) -> None:
        """Pass nothing on, and close nothing: as a network that swallows packets."""
        self._open.clear()

    def release(self) -> None:
        """Pass on what was held up, and what comes."""
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # Nobody is there, and the client is to see just that.
            writer.transport.abort()
            return
        for one, to in ((reader, there), (there_reader, writer)):
            task = asyncio.create_task(self._pass(one, to, {writer, there}))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ways: set[asyncio.StreamWriter],
    ) -> None:
        self._ways |= ways
        try:
            with suppress(OSError):
                while piece := await reader.read(PIECE):
                    if self.delay_s:
                        await asyncio.sleep(self.delay_s)
                    await self._open.wait()
                    writer.write(piece)
                    await writer.drain()
        finally:
            self._ways -= ways
            for way in ways:
                way.transport.abort()
