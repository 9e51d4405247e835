"""Lets web pages of the allowed origins ask; without any, no page of elsewhere may."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.middleware.requests import HEADER
from services.gateway.middleware.told import settings_of

_ASKS_WITH = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "Traceparent",
)
_READS = (HEADER, "ETag", "Location", "Link", "Retry-After", "WWW-Authenticate")


class Origins:
    """Cross-origin resource sharing by the settings, which are known once the parts are open."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._shared: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._shared is None:
            self._shared = self._sharing(settings_of(scope).gateway.cors_origins)
        await self._shared(scope, receive, send)

    def _sharing(self, allowed: str | None) -> ASGIApp:
        if allowed is None:
            return self._app
        return CORSMiddleware(
            self._app,
            allow_origins=[origin.strip() for origin in allowed.split(",")],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=_ASKS_WITH,
            expose_headers=_READS,
            max_age=600,
        )
