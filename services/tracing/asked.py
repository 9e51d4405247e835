"""Lets what a request writes go on with its trace, and tells of the request and the records.

What a span of a request holds is what its log line holds, without the caller: who reported is
nothing that a trace knows. Paths, queries, addresses and user agents are left out as well.
"""

import asyncio
from contextvars import ContextVar
from functools import partial

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.base import RecordRef
from schemas.topics import COMMANDS, INCIDENTS
from services.gateway import exchange
from services.gateway.middleware.measured import METHODS
from services.gateway.middleware.told import parts_of
from services.gateway.parts import Writer
from services.records import Outgoing
from services.settings import Kafka
from services.tracing import context
from services.tracing.context import TRACEPARENT
from services.tracing.spans import Kind, Said, Span, Spans
from services.tracing.topics import NAMED, SEND, operation, place

MOST = 100
"""Of so many records of one request each has a span; those of a long batch go on with its own."""


class _Asked:
    """A request in hand: its trace, and how many spans its records may still have."""

    def __init__(self, trace: str | None) -> None:
        self.trace, self.left = trace, MOST


_asked: ContextVar[_Asked | None] = ContextVar("forewarn_asked", default=None)


class Traced:
    """Makes a span of each request, or takes its trace context along where nobody is told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        spans, came = parts_of(scope).spans, _given(scope)
        if not spans.exported and came is None:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        span = spans.begin(method, Kind.SERVER, came, {"http.request.method": method})
        before = _asked.set(_Asked(span.trace))
        try:
            await self._answer(span, method, scope, receive, send)
        finally:
            _asked.reset(before)

    async def _answer(
        self, span: Span, method: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            route = exchange.template(scope)
            said: dict[str, str | int] = {
                "http.route": route,
                "forewarn.request_id": exchange.of(scope).request_id,
            }
            if status:
                said["http.response.status_code"] = status
            span.tell(said, f"{method} {route}")
            span.end(_failed(status))


class TracedWriter:
    """Writes records that go on with the trace of the request that they are of."""

    def __init__(self, log: Writer, spans: Spans, kafka: Kafka) -> None:
        self._log, self._spans, self._kafka = log, spans, kafka

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Take a record in hand, and return the place that it will have."""
        asked = _asked.get() or _Asked(None)
        asked.left -= 1
        if not self._spans.exported or asked.left < 0:
            return self._log.put(_going_on(record, asked.trace))
        said = {**operation(SEND, record.topic, self._kafka), **_about(record)}
        name = f"{SEND} {said['messaging.destination.name']}"
        span = self._spans.begin(name, Kind.PRODUCER, asked.trace, said)
        found = self._log.put(_going_on(record, span.trace))
        found.add_done_callback(partial(_written, span))
        return found

    async def append(self, record: Outgoing) -> RecordRef:
        """Return where a record stands, once every replica has it; raises what the log does."""
        # Whoever gives up waiting does not take the record back.
        return await asyncio.shield(self.put(record))


def _given(scope: Scope) -> str | None:
    found = Headers(scope=scope).getlist(TRACEPARENT)
    return context.read(found[0].encode("latin-1")) if len(found) == 1 else None


def _going_on(record: Outgoing, trace: str | None) -> Outgoing:
    (found,) = context.carried([record], trace)
    return found


def _about(record: Outgoing) -> Said:
    key = (record.key or b"").decode("utf-8", "replace")[:NAMED]
    if record.topic is INCIDENTS:
        return {"forewarn.incident_id": key}
    return {"forewarn.segment_id": key} if record.topic is COMMANDS else {}


def _written(span: Span, found: "asyncio.Future[RecordRef]") -> None:
    if found.cancelled():
        span.end("cancelled")
    elif (error := found.exception()) is not None:
        span.end(type(error).__name__)
    else:
        span.tell(place(found.result()))
        span.end()


def _failed(status: int) -> str | None:
    """Return what was wrong, where that is ours: not with what was asked."""
    if status == 0:
        return "no answer"
    return str(status) if status >= 500 else None
