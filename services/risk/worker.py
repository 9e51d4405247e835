"""Runs the risk worker in this process until it is told to stop."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from faust import Worker

from models.engine import Engine
from services import logs, topics
from services.composition import choice, engine
from services.metrics.meters import Meters
from services.metrics.serving import served
from services.metrics.table import Process
from services.moments import utc_now
from services.risk.app import build
from services.risk.ending import RiskApp, leaving
from services.risk.measured import Measured, TableKeys
from services.risk.model_metrics import ModelMetrics
from services.risk.observing import NOBODY
from services.risk.sensor import Sensor
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, changelog
from services.risk.telling import Telling
from services.risk.watchdog import Watchdog
from services.running import steadied
from services.settings import Settings
from services.tracing.handled import traced
from services.tracing.opening import opened
from services.tracing.spans import Spans
from services.truth import versions
from services.version import version

log = structlog.get_logger(__name__)


def run(settings: Settings) -> None:
    """Create missing topics, see that the tables are whole, then work until SIGTERM or Ctrl-C.

    Raises
    ------
    Fault
        The cluster, its topics or its tables do not let it begin.
    SystemExit
        Once it works, always: code 0 when told to stop; with the reason when the worker ended by
        itself: 65 for too many rejects, else 1.
    """
    logs.as_lines()
    # Before the model is loaded, which takes a while: who is not let in is told at once.
    asyncio.run(topics.ensure(settings.kafka))
    # Faust makes a folder of its own in it, and not the folder itself.
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    decisions, models = engine(settings), choice(settings)
    log.info(
        "worker starts",
        build=version(), model=models.serves, shadow=models.shadow,
        borders=settings.borders or "all", group=settings.worker.group,
    )  # fmt: skip
    asyncio.run(_prepare(settings, decisions))
    loop = _event_loop()
    asyncio.set_event_loop(loop)
    with (
        leaving(),
        opened(Process.WORKER) as spans,
        _measured(settings, decisions, spans) as app,
        Watchdog(app, settings).watching(),
    ):
        app.sensors.add(Telling())
        _work(app, loop)


def _work(app: RiskApp, loop: asyncio.AbstractEventLoop) -> None:
    worker = Worker(app, loop=loop, override_logging=False, quiet=True)
    worker.spinner = None
    steadied()
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        # What is raised while it stops becomes a code, and is told nowhere.
        if ended.code:
            log.critical("worker failed", exc_info=ended.__context__)
        raise
    finally:
        log.info("worker ended")
        if app.failure is not None:
            print(f"error: {app.failure}", file=sys.stderr)
            sys.exit(app.exit_code)


@contextmanager
def _measured(settings: Settings, decisions: Engine, spans: Spans) -> Iterator[RiskApp]:
    """Give the application, and serve its metrics where the settings want any."""
    if settings.metrics.port is None:
        yield build(settings, decisions, traced(NOBODY, spans, settings))
        return
    meters = Meters(Process.WORKER, version())
    model_metrics = ModelMetrics(decisions, decisions.scorer.manifest)
    clock = utc_now if settings.worker.clock == "wall" else None
    observer = traced(Measured(meters, model_metrics, clock), spans, settings)
    app = build(settings, decisions, observer)
    sensor = Sensor(meters)
    app.sensors.add(sensor)
    meters.registry.register(model_metrics)
    meters.registry.register(TableKeys({str(name): held for name, held in app.tables.items()}))
    with served(settings.metrics, meters, lambda: _why_not(app, sensor)):
        yield app


def _why_not(app: RiskApp, sensor: Sensor) -> str | None:
    return sensor.why_not() if app.failure is None else f"ending: {app.failure}"


def _event_loop() -> asyncio.AbstractEventLoop:
    """Return the faster event loop, where the platform has it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


async def _prepare(settings: Settings, decisions: Engine) -> None:
    kafka = settings.kafka
    # A member whose subscription lacks a changelog that another is just making is given the
    # partition without its states.
    for table in (INCIDENTS_TABLE, SEGMENTS_TABLE):
        name = changelog(settings.worker.group, table)
        await topics.ensure_compacted(kafka, name, kafka.partitions)
    await versions.prepare(settings, decisions)
