"""Counts requests, and how long each waits for its answer to begin."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import exchange
from services.metrics import table
from services.metrics.meters import Meters

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""The methods that are told by their names: a client may invent any number of others."""

UNANSWERED = "none"
"""The status of a request whose client left before it was answered."""


class Measured:
    """Tells of every request by the template of its path; a stream is answered when it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meters: Meters = scope["app"].state.parts.meters
        began, status = time.perf_counter(), UNANSWERED
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                took = time.perf_counter() - began
                seconds = meters.histogram(table.REQUEST_SECONDS)
                seconds.labels(method, exchange.template(scope)).observe(took)
            await send(message)

        with meters.gauge(table.IN_PROGRESS).track_inprogress():
            try:
                await self._app(scope, receive, told)
            finally:
                counted = meters.counter(table.REQUESTS)
                counted.labels(method, exchange.template(scope), status).inc()
