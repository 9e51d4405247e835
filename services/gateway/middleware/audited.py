"""Leaves a row in the audit for every request that may change something."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import exchange
from services.gateway.middleware.told import parts_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_TOO_MANY = 429
"""Changes nothing, and would let a caller fill the audit as fast as it is allowed to ask."""

BROKEN_OFF = "broken off"
"""The outcome of a request whose answer never came to its end."""

log = structlog.get_logger(__name__)


class Audited:
    """Records who asked for what and what came of it, before the answer is complete.

    Who is not identified changes nothing, and stands in the log alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        status, done = 0, False

        async def told(message: Message) -> None:
            nonlocal status, done
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                done = True
                await _record(scope, str(status))
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            if not done:
                # The client has gone: its task ends, and the row is written all the same.
                await asyncio.shield(asyncio.ensure_future(_record(scope, BROKEN_OFF)))


async def _record(scope: Scope, outcome: str) -> None:
    found = exchange.of(scope)
    if found.caller is None or outcome == str(_TOO_MANY):
        return
    action = exchange.action(scope)
    subject = found.subject or ", ".join(map(str, scope.get("path_params", {}).values())) or "-"
    try:
        await parts_of(scope).audit.record(found.caller, action, subject, outcome, found.request_id)
    except SQLAlchemyError:
        # The change is made, and cannot be unmade: the log keeps what the audit could not.
        row = {"caller": found.caller, "action": action, "subject": subject, "outcome": outcome}
        log.exception("the audit cannot be written", **row)
