"""Serves the gateway until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import uvicorn
from fastapi import FastAPI

from services.console import mounting
from services.gateway import health
from services.gateway.app import build
from services.gateway.auth.identify import Authentication
from services.gateway.following import feed
from services.gateway.following.connection import Protocol
from services.gateway.opening import opened
from services.gateway.parts import Parts
from services.metrics import table
from services.metrics.serving import served
from services.settings import Gateway, Settings
from services.terminal import Terminal

OPEN = (
    "there is no API key: whoever is at this machine may do everything, and nobody else may ask; "
    "to let others: forewarn keys create NAME --scope ..."
)

try:
    import resource
except ImportError:
    # Windows has no such limit.
    resource = None  # type: ignore[assignment]

DRAIN_S = 5
"""How long requests in hand may take to end [s]; streams are told at once."""


async def serve(settings: Settings, console: Terminal) -> None:
    """Serve until cancelled, then answer what is in hand.

    Raises
    ------
    Unreachable, LedgerUnavailable, UnknownBorder, NotTraced
        Something that it needs cannot be opened.
    """
    gateway = settings.gateway
    _many_files()
    # Opened before the server starts, so that what cannot be opened is told in one line.
    async with opened(settings) as parts:
        app = build(lambda: nullcontext(parts))
        mounting.mount(app, parts)
        async with listening(app, gateway) as (port, serving):
            console.say(
                f"serving http://{gateway.host}:{port} (console: {mounting.PATH}, "
                "API: /openapi.json); Ctrl-C ends"
            )
            if isinstance(parts.identify, Authentication) and await parts.identify.is_open():
                console.say(OPEN)
            parts.meters.gauge(table.READERS).set_function(lambda: len(app.state.feed.streams))
            with served(settings.metrics, parts.meters, lambda: _why_not(parts)):
                await asyncio.shield(serving)


def _why_not(parts: Parts) -> str | None:
    name = health.silent(parts)
    return None if name is None else f"{name} does not answer"


def _many_files() -> None:
    """Let the process have as many connections as the system allows it to ask for."""
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@asynccontextmanager
async def listening(
    app: FastAPI, gateway: Gateway
) -> AsyncIterator[tuple[int, asyncio.Future[None]]]:
    """Serve for as long as the context lasts: at which port, and what ends with the server.

    Raises
    ------
    SystemExit
        It cannot listen there.
    """
    config = uvicorn.Config(
        app,
        host=gateway.host,
        port=gateway.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Unless it is told to, it believes nobody who says that a request is of another.
        proxy_headers=bool(gateway.trusted_proxies),
        forwarded_allow_ips=gateway.trusted_proxies,
        http=Protocol,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    # Signals are the command's to hear, like in every other one.
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.ensure_future(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if serving.done():
            await serving
        yield server.servers[0].sockets[0].getsockname()[1], serving
    finally:
        server.should_exit = True
        feed.stop(app)
        await serving
