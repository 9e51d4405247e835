"""The gateway in process: its routes, both databases in a folder of the test, a log in memory."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import Engine

from services import borders
from services.gateway.app import build
from services.gateway.parts import Parts
from services.gateway.tables import GATEWAY
from services.ledger import database
from services.settings import Settings
from tests.gateway.memory import MemoryLog


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> Iterator[None]:
    """Log failures as text: to draw every variable of every frame takes seconds."""
    before = structlog.get_config()
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before["processors"][:-1], renderer])
    yield
    structlog.configure(**before)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that watch one border."""
    return Settings(borders=("KGZ-TJK",), data_dir=tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Engine]:
    """An empty read model."""
    engine = database.connect(database.url(settings))
    yield engine
    engine.dispose()


@pytest.fixture
def own(settings: Settings) -> Iterator[Engine]:
    """The gateway's own database, empty."""
    engine = database.connect(database.place(None, settings.data_dir, GATEWAY), GATEWAY)
    yield engine
    engine.dispose()


@pytest.fixture
def log() -> MemoryLog:
    """A log in memory."""
    return MemoryLog()


@pytest.fixture
def parts(settings: Settings, ledger: Engine, own: Engine, log: MemoryLog) -> Parts:
    """What the routes work with; a test that needs others replaces some."""
    segments = {s.segment_id: s for s in borders.load_segments(settings.borders, 50)}
    return Parts(settings, log, ledger, own, segments)


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway; what the gateway raises is answered, as over a socket."""
    app = build(lambda: nullcontext(parts))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as found:
            yield found
