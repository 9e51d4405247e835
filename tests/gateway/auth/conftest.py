"""A gateway that asks who its callers are, with a clock that a test sets."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.app import build
from services.gateway.auth.identify import Authentication
from services.gateway.auth.keyring import Keyring
from services.gateway.auth.oidc import Tokens
from services.gateway.parts import Parts
from services.gateway.who import Administrator, Operator, Publisher, Reader
from tests.gateway.auth.asking import Asking

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Moment:
    """A clock, and the seconds of a process, which a test moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 1_000.0

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()


@pytest.fixture
def moment() -> Moment:
    """Noon of 1 March 2026."""
    return Moment()


@pytest.fixture
def gateway(parts: Parts, moment: Moment) -> Asking:
    """Return what opens a client of a gateway that identifies its callers."""

    @asynccontextmanager
    async def opened(
        tokens: Tokens | None = None,
        base_url: str = "http://127.0.0.1:8080",
        client: tuple[str, int] = ("127.0.0.1", 5),
    ) -> AsyncIterator[httpx.AsyncClient]:
        keyring = Keyring(parts.own, moment.monotonic)
        identify = Authentication(keyring, moment.clock, tokens)
        app = build(lambda: nullcontext(replace(parts, identify=identify, clock=moment.clock)))
        _routes(app)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
            async with httpx.AsyncClient(transport=transport, base_url=base_url) as found:
                yield found

    return opened


def _routes(app: FastAPI) -> None:
    """Add a route for each scope: each tells the name of the caller."""
    for scope, who in (
        ("read", Reader),
        ("publish", Publisher),
        ("operate", Operator),
        ("admin", Administrator),
    ):
        app.add_api_route(f"/{scope}", _named(who), methods=["GET", "POST"])


def _named(who: object) -> Callable[..., str]:
    def told(caller) -> str:  # type: ignore[no-untyped-def]
        return str(caller.name)

    told.__annotations__["caller"] = who
    return told
