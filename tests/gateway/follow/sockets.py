"""A client on a bare socket, which reads only when it is told to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.gateway.follow.sse import Event, Parser


class Bare:
    """A request that has been sent, and an answer that lies where the system keeps it."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own
        self._rest = b""
        self._head = False
        self.parser = Parser()

    async def rest(self) -> list[Event]:
        """Read until the other side ends, be it in the middle; return the events."""
        found = []
        while chunk := await self._chunk():
            found += self.parser.feed(chunk)
        return found

    async def events(self) -> AsyncIterator[Event]:
        """Yield the events as they come."""
        while chunk := await self._chunk():
            for event in self.parser.feed(chunk):
                yield event

    async def _chunk(self) -> bytes:
        """Return the next chunk of the body (RFC 9112, section 7.1); empty at its end."""
        if not self._head:
            head = await self._until(b"\r\n\r\n")
            assert b" 200 " in head.partition(b"\r\n")[0] or not head, head
            self._head = True
        size = await self._until(b"\r\n")
        length = int(size or b"0", 16)
        while length and len(self._rest) < length + 2:
            if not await self._more():
                return b""
        chunk, self._rest = self._rest[:length], self._rest[length + 2 :]
        return chunk

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            if not await self._more():
                return b""
        found, _, self._rest = self._rest.partition(mark)
        return found

    async def _more(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            got = await loop.sock_recv(self._own, 65_536)
        except ConnectionResetError:
            got = b""
        self._rest += got
        return bool(got)


@asynccontextmanager
async def bare(port: int, path: str) -> AsyncIterator[Bare]:
    """Ask for a path, and leave the answer unread."""
    with socket.socket() as own:
        # A window of the smallest size, so that little is enough to fill it.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        own.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(own, ("127.0.0.1", port))
        await loop.sock_sendall(own, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        yield Bare(own)
