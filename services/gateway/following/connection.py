"""A connection that can be cut: a reader that takes nothing holds what was sent to it.

An ASGI application can only ask a server to close a connection, which first waits until all that
was written has been taken. For one that takes nothing that is for ever.
"""

import asyncio
import socket
import struct

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

UNSENT = 65_536
"""Most bytes of a stream that the system keeps unsent for one reader, beside its own margin."""

STALLED_S = 60.0
"""How long the head of a request may take, and a pause in the middle of its body [s]."""

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
    """HTTP/1.1 that lets the application have a request's connection, and waits for no client.

    One that does not send the head of its request in time, or that stops in the middle of a body
    which is waited for, is let go: it would hold the connection for ever.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the connection to the state of every request on it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, STATE: Connection(transport)}
        self._deadline = self.loop.call_later(STALLED_S, self._stalled)

    def data_received(self, data: bytes) -> None:
        """Take what has come; a body that goes on has time again, a head has not."""
        heads = self.conn.their_state is h11.IDLE
        super().data_received(data)
        if not heads or self.conn.their_state is not h11.IDLE:
            self._again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _again(self) -> None:
        self._deadline.cancel()
        self._deadline = self.loop.call_later(STALLED_S, self._stalled)

    def _stalled(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        # Where we do not read the client is not to blame, nor where it waits for our answer.
        waited_for = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if waited_for and not self.flow.read_paused:
            self.transport.abort()
        else:
            self._again()
