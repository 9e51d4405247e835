"""Serves the gateway until it is told to stop."""

import asyncio
from contextlib import nullcontext

import uvicorn
from rich.console import Console

from services.gateway.app import build
from services.gateway.auth.identify import Authentication
from services.gateway.opening import opened
from services.settings import Settings

OPEN = (
    "there is no API key: whoever is at this machine may do everything, and nobody else may ask; "
    "to let others: forewarn keys create NAME --scope ..."
)

DRAIN_S = 5
"""How long requests in hand may take to end [s]; streams are told at once."""


async def serve(settings: Settings, console: Console) -> None:
    """Serve until cancelled, then answer what is in hand.

    Raises
    ------
    Unreachable, LedgerUnavailable, UnknownBorder
        Something that it needs cannot be opened.
    """
    gateway = settings.gateway
    # Opened before the server starts, so that what cannot be opened is told in one line.
    async with opened(settings) as parts:
        app = build(lambda: nullcontext(parts))
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
            timeout_graceful_shutdown=DRAIN_S,
        )
        server = uvicorn.Server(config)
        # Signals are the command's to hear, like in every other one.
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.ensure_future(server.serve())
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            if server.started:
                port = server.servers[0].sockets[0].getsockname()[1]
                console.print(
                    f"serving http://{gateway.host}:{port} (API: /openapi.json); Ctrl-C ends",
                    highlight=False,
                    soft_wrap=True,
                )
                if isinstance(parts.identify, Authentication) and await parts.identify.is_open():
                    console.print(OPEN, highlight=False, soft_wrap=True)
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
