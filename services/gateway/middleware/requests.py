"""Gives every request an id, and logs how it was answered."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import exchange
from services.gateway.exchange import Exchange

HEADER = "X-Request-Id"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

log = structlog.get_logger(__name__)


class Requests:
    """Takes a well-formed id from the client or makes one; every response and log line has it.

    Neither the query nor the path's values are logged: they may name incidents, or hold what
    resumes a stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = exchange.begin(scope, _id(Headers(scope=scope).get(HEADER)))
        with structlog.contextvars.bound_contextvars(request_id=found.request_id):
            await self._logged(found, scope, receive, send)

    async def _logged(self, found: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        status, size, began = 0, 0, time.perf_counter()

        async def told(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = found.request_id
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=exchange.template(scope),
                status=status or None,
                duration_s=round(time.perf_counter() - began, 6),
                caller=found.caller,
                bytes=size,
            )


def _id(given: str | None) -> str:
    return given if given and _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
