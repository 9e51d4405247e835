"""A response that is sent while the request is still being read."""

from collections.abc import AsyncIterator

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Duplex(Response):
    """Sends pieces as they come.

    A ``StreamingResponse`` listens for the client to hang up by reading the request, whose body
    it would swallow. Here who makes the pieces reads the request and notices.
    """

    def __init__(self, pieces: AsyncIterator[bytes], media_type: str) -> None:
        self.pieces = pieces
        self.status_code = 200
        self.media_type = media_type
        self.background: BackgroundTask | None = None
        self.init_headers({"X-Accel-Buffering": "no", "Cache-Control": "no-store"})

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the head, then each piece once the client has room for it."""
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        async for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
