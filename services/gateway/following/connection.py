"""A connection that can be cut: a reader that takes nothing holds what was sent to it.

An ASGI application can only ask a server to close a connection, which first waits until all that
was written has been taken. For one that takes nothing that is for ever.
"""

import asyncio
import socket
import struct

from uvicorn.protocols.http.h11_impl import H11Protocol

UNSENT = 65_536
"""Most bytes of a stream that the system keeps unsent for one reader, beside its own margin."""

STATE = "connection"
"""The name in a scope's state that a connection has."""


class Connection:
    """What a stream may do with its connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def narrow(self) -> None:
        """Let the system keep little for a reader that takes nothing."""
        found: socket.socket | None = self._transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
        self._transport.set_write_buffer_limits(high=UNSENT)

    def cut(self) -> None:
        """Close at once; what was not taken is dropped, by the system too."""
        found: socket.socket | None = self._transport.get_extra_info("socket")
        if found is not None and found.fileno() >= 0:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Protocol(H11Protocol):
    """HTTP/1.1 that lets the application have a request's connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give it to the state of every request on it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, STATE: Connection(transport)}
