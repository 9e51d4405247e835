"""Puts what happens to every request around the application, outside of all else.

Plain ASGI, since what buffers a response would hold a stream for ever; outermost, so that what the
application answers to its own failures passes through it too.
"""

from fastapi import FastAPI
from starlette.types import ASGIApp

from services.gateway.middleware.audited import Audited
from services.gateway.middleware.hardened import Hardened
from services.gateway.middleware.measured import Measured
from services.gateway.middleware.origins import Origins
from services.gateway.middleware.requests import Requests
from services.tracing.asked import Traced


def install(app: FastAPI) -> None:
    """Let every request pass the log, traces, metrics, audit, security and allowed origins."""
    inner = app.build_middleware_stack

    def stack() -> ASGIApp:
        return Requests(Traced(Measured(Audited(Hardened(Origins(inner()))))))

    app.build_middleware_stack = stack  # type: ignore[method-assign]
