"""Composes the gateway: every group of routes, and how failures are told."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI

from services.gateway import administration, asking, describing, health, problems
from services.gateway.following import feed, feeds, polling, streaming
from services.gateway.middleware import stack
from services.gateway.parts import Parts
from services.gateway.publishing import batch, commands, incidents, limits, waiting
from services.version import version

Opened = Callable[[], AbstractAsyncContextManager[Parts]]
"""Opens the parts, and closes them when the gateway ends."""

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    incidents.router,
    batch.router,
    waiting.router,
    commands.router,
    limits.router,
    # Before what answers for the id of any alert: the first route that fits a path has it.
    streaming.router,
    polling.router,
    feeds.router,
    *asking.ROUTERS,
    administration.router,
)
"""Every group of routes, in the order of the documentation."""


def build(opened: Opened) -> FastAPI:
    """Return the gateway; ``opened`` is entered when it starts and left when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened() as parts:
            app.state.parts = parts
            app.state.identify = parts.identify
            async with feed.running(app, parts):
                yield

    app = FastAPI(
        title="Forewarn",
        version=version(),
        summary="Conflict early warning for land borders: publish reports, ask, follow the alerts.",
        lifespan=lifespan,
        # The pages that browsers show are served without fetching anything from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    stack.install(app)
    asking.install(app)
    describing.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


@cache
def described() -> dict[str, Any]:
    """Return the OpenAPI description, which needs no part; it is made once."""
    return build(_closed).openapi()


def _closed() -> AbstractAsyncContextManager[Parts]:
    msg = "the description is made without serving"
    raise RuntimeError(msg)
