"""Runs the risk worker in this process until it is told to stop."""

import asyncio
import sys

from faust import Worker

from models.engine import Engine
from services import logs, topics
from services.composition import choice, engine, model
from services.metrics import ModelMetrics, serve
from services.risk.app import build
from services.risk.handlers import Saw
from services.running import steadied
from services.settings import Settings
from services.truth import versions


def run(settings: Settings) -> None:
    """Create missing topics, see that the tables are whole, then work until SIGTERM or Ctrl-C.

    Raises
    ------
    SystemExit
        Always: code 0 when told to stop, 1 with the reason when the worker ended by itself.
    """
    logs.as_lines()
    decisions = engine(settings)
    asyncio.run(_prepare(settings, decisions))
    loop = _event_loop()
    asyncio.set_event_loop(loop)
    app = build(settings, decisions, *_told(settings, decisions))
    worker = Worker(app, loop=loop, loglevel="INFO", override_logging=False)
    steadied()
    try:
        worker.execute_from_commandline()
    finally:
        if app.failure is not None:
            sys.exit(f"error: {app.failure}")


def _told(settings: Settings, decisions: Engine) -> tuple[Saw, ...]:
    """Serve the metrics, where the settings want any; return what must be told of each record."""
    if settings.metrics.port is None:
        return ()
    known = model(settings, choice(settings).serves).manifest.reference
    told = ModelMetrics(decisions, known)
    serve(settings.metrics, told)
    return (told.saw,)


def _event_loop() -> asyncio.AbstractEventLoop:
    """Return the faster event loop, where the platform has it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


async def _prepare(settings: Settings, decisions: Engine) -> None:
    await topics.ensure(settings.kafka)
    await versions.prepare(settings, decisions)
