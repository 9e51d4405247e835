"""Sends events to one reader for as long as it takes them (Server-Sent Events).

The format is that of the HTML standard, section 9.2. An event that has an id and no data is not
dispatched, but is what the reader comes back with: heartbeats bring one, so that a reader whose
filter lets little through need not read again what it has passed.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
import structlog
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gateway.following.connection import STATE, Connection
from services.gateway.following.feed import Feed
from services.gateway.following.pages import Gone
from services.gateway.following.reader import Reader
from services.gateway.who import ASK_AGAIN_S

MEDIA_TYPE = "text/event-stream"

HEADERS = {
    "Cache-Control": "no-store",
    # A proxy that gathers answers would hold an alert back (nginx).
    "X-Accel-Buffering": "no",
    "Connection": "close",
}

RETRY_MS = (1_000, 3_000)
"""When readers come back [ms]: not all at the same moment after a gateway was started again."""

Admitted = Callable[[], Awaitable[bool]]
"""Tells whether a reader may read still."""

log = structlog.get_logger(__name__)


class TooSlow(Exception):
    """A reader did not take what was sent in time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a reader hears something, and how long it may take to take it [s]."""

    heartbeat: float
    patience: float


class EventStream(Response):
    """The answer to a reader: events until it leaves, is too slow, or the gateway stops.

    It ends too once the reader may no longer read: a key that is revoked tells nothing more.
    """

    media_type = MEDIA_TYPE

    def __init__(self, feed: Feed, reader: Reader, pace: Pace, admitted: Admitted) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._feed, self.reader, self._pace = feed, reader, pace
        self._admitted = admitted
        self._woken = asyncio.Event()
        self._ended = False
        self.blocked = False
        """Whether the reader is being waited for."""
        self._connection: Connection | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream (ASGI)."""
        self._connection = scope.get("state", {}).get(STATE)
        if self._connection is not None:
            self._connection.narrow()
        async with self._listening(receive):
            try:
                await self._begin(send)
                await self._tell(send)
                await self._send(send, b"", more=False)
            except TooSlow:
                await self._part(send)

    def wake(self) -> None:
        """Look whether there is more to tell."""
        self._woken.set()

    def end(self) -> None:
        """End at once; who takes nothing is cut off."""
        self._ended = True
        self._woken.set()
        if self.blocked:
            self._cut()

    @asynccontextmanager
    async def _listening(self, receive: Receive) -> AsyncIterator[None]:
        """Count the reader as here, and end once it has left."""

        async def listen() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.end()

        listening = asyncio.ensure_future(listen())
        self._feed.streams.add(self)
        try:
            yield
        finally:
            self._feed.streams.discard(self)
            listening.cancel()

    async def _begin(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        # One that is cut off before the first alert comes back to where it began.
        retry = random.randint(*RETRY_MS)  # noqa: S311 (spreads readers, guards nothing)
        await self._send(send, f"retry: {retry}\n{self._id()}\n".encode())

    async def _tell(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        beat = loop.time() + self._pace.heartbeat
        asked = loop.time()
        while not self._ended:
            self._woken.clear()
            try:
                found = await self.reader.next()
            except Gone as gone:
                found = [self._gap(gone)]
            except DBAPIError as error:
                # It comes back, and is told by the status whether the read model answers again.
                log.warning("a reader was let go: no answer from the read model", reason=str(error))
                return
            if (found or loop.time() >= beat) and loop.time() - asked >= ASK_AGAIN_S:
                # Before anything is told, and only then: who hears nothing learns nothing.
                if not await self._admitted():
                    return
                asked = loop.time()
            if found:
                await self._send(send, b"".join(found))
            elif loop.time() >= beat:
                await self._send(send, self._heartbeat())
            elif found is None:
                await self._idle(beat - loop.time())
                continue
            else:
                continue
            beat = loop.time() + self._pace.heartbeat

    async def _idle(self, most: float) -> None:
        """Wait until woken, at most so long [s]."""
        try:
            async with asyncio.timeout(most):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        """Send; uvicorn takes nothing as long as what it has is not taken by the reader."""
        self.blocked = True
        try:
            async with asyncio.timeout(self._pace.patience):
                await send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.blocked = False

    async def _part(self, send: Send) -> None:
        """Tell a reader that is too slow so, if it takes at least that; then cut it off."""
        log.warning("a reader of the alerts was too slow", patience_s=self._pace.patience)
        # Without an id: the reader's own is that of the last event it took.
        last = f"event: gone-slow\ndata: {_json(patience_s=self._pace.patience)}\n\n"
        try:
            await self._send(send, last.encode(), more=False)
        except TooSlow:
            self._cut()
            # Let the server hear of it before it asks why the answer is not complete.
            await asyncio.sleep(0)
        else:
            # The rest of what it has not taken must not stay here either.
            asyncio.get_running_loop().call_later(self._pace.patience, self._cut)

    def _cut(self) -> None:
        if self._connection is not None:
            self._connection.cut()

    def _heartbeat(self) -> bytes:
        told = " the read model cannot be read now" if self._feed.trouble else ""
        return f":{told}\n{self._id()}\n".encode()

    def _gap(self, gone: Gone) -> bytes:
        missing = self._feed.codec.encode(gone.position)
        self.reader.missing(gone.kept)
        data = _json(missing_after=missing, kept_from=self._feed.codec.encode(gone.kept))
        return f"event: gap\ndata: {data}\n{self._id()}\n".encode()

    def _id(self) -> str:
        return f"id: {self._feed.codec.encode(self.reader.position)}\n"


def _json(**values: object) -> str:
    return orjson.dumps(values).decode()
