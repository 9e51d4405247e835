"""Adds the security headers that a response does not set itself."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.middleware.told import settings_of

DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What a response shows depends on the caller's scopes: no shared cache may keep it.
    "Cache-Control": "private, no-cache",
}

HSTS = "max-age=31536000"
"""A year, for this host alone."""


class Hardened:
    """A page that shows more than data sets a policy of its own, which is left as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        gateway = settings_of(scope).gateway

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in DEFAULTS.items():
                    headers.setdefault(name, value)
                headers.add_vary_header("Authorization")
                if gateway.behind_tls:
                    headers["Strict-Transport-Security"] = HSTS
            await send(message)

        await self._app(scope, receive, told)
