"""A gateway on a real socket in this process, and a read model that tests write to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from services.gateway.app import build
from services.gateway.parts import Parts
from services.gateway.serving import listening
from services.ledger.store import Store
from services.settings import Gateway
from tests.gateway.follow.sse import Event, Parser, events
from tests.gateway.follow.written import Written


@pytest.fixture
def written(ledger: Engine) -> Written:
    """A log of alerts that fills the gateway's read model."""
    return Written(Store(ledger))


@dataclass
class Following:
    """A stream in hand."""

    answer: httpx.Response
    parser: Parser = field(default_factory=Parser)

    def __post_init__(self) -> None:
        self.events = events(self.answer.aiter_bytes(), self.parser)

    async def take(self, count: int) -> list[Event]:
        """Return the next events."""
        # Heartbeats would keep one that comes for nothing waiting for ever.
        async with asyncio.timeout(15):
            return [await anext(self.events) for _ in range(count)]


@dataclass
class Served:
    """A gateway that answers, and a client of it."""

    app: FastAPI
    port: int
    client: httpx.AsyncClient
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def stream(self, last: str | None = None, **query: Any) -> AsyncIterator[Following]:
        """Follow the stream, after the id ``last`` if one is given."""
        headers = {"Last-Event-ID": last} if last else {}
        where = "/v1/alerts/stream"
        async with self.client.stream("GET", where, params=query, headers=headers) as answer:
            if answer.status_code != 200:
                await answer.aread()
            yield Following(answer)


@asynccontextmanager
async def serving(parts: Parts, **settings: Any) -> AsyncIterator[Served]:
    """Serve with other settings of the gateway."""
    gateway = parts.settings.gateway.model_dump() | settings
    changed = parts.settings.model_copy(update={"gateway": Gateway.model_validate(gateway)})
    app = build(lambda: nullcontext(replace(parts, settings=changed)))
    started = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with listening(app, changed.gateway.model_copy(update={"port": 0})) as (port, _):
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base, timeout=20) as client:
                found = Served(app, port, client)
                started.set_result(found)
                await found.stop.wait()
        found.stopped.set()

    running = asyncio.ensure_future(serve())
    await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield await started
    finally:
        started.result().stop.set()
        await running


@pytest.fixture
async def served(parts: Parts) -> AsyncIterator[Served]:
    """A gateway with short heartbeats."""
    async with serving(parts, heartbeat=timedelta(milliseconds=200)) as found:
        yield found
