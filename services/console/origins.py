"""Refuses what a web page of elsewhere asks of the console, connections of its pages among it.

A page acts over its connection, and the library that carries it takes every origin: whoever knows
the id of an open page could act on it.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

REFUSED = 1008
"""With which a connection is closed that breaks a rule (RFC 6455, section 7.4.1)."""


class Origins:
    """Lets through what the console's own pages ask, and what no page asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket") or is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": REFUSED})
        else:
            refusal = PlainTextResponse("Origin: expected a page of the console\n", 403)
            await refusal(scope, receive, send)


def is_own(headers: Headers) -> bool:
    """Tell whether a request names no origin, or the host that it is sent to.

    The scheme may differ: behind a proxy that ends TLS the gateway does not know the browser's.
    """
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
