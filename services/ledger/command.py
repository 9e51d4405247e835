"""What ``forewarn ledger`` does: follows the log, fills the ledger again, says how far it is."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from rich.table import Table
from sqlalchemy import Engine

from services import borders
from services.faults import Fault
from services.ledger import database
from services.ledger.follow import Log, follow, opened
from services.ledger.lag import Lag, watched
from services.ledger.measured import Measured, Standing
from services.ledger.store import Batch, Place, Store
from services.metrics.meters import Meters
from services.metrics.serving import served
from services.metrics.table import Process
from services.moments import utc_now
from services.progress import progress
from services.settings import Settings
from services.terminal import Terminal
from services.version import version


async def run(
    settings: Settings, console: Terminal, *, until_caught_up: bool, afresh: bool
) -> None:
    """Follow the log into the ledger, until Ctrl-C or until all that is there now is written."""
    async with _database(settings) as engine, opened(settings.kafka) as log:
        store = Store(engine)
        if afresh:
            store.clear()
        if until_caught_up:
            await _catch_up(store, log, console)
            return
        where = database.shown(database.url(settings))
        console.say(f"following {settings.kafka.bootstrap_servers} into {where}; Ctrl-C ends")
        async with _measured(settings, engine) as wrote:
            await follow(store, log, wrote=wrote)


async def rebuild(settings: Settings, console: Terminal) -> None:
    """Drop every row and read the topics again from their beginning."""
    async with _database(settings) as engine, opened(settings.kafka) as log:
        store = Store(engine)
        store.clear()
        await _catch_up(store, log, console)


async def status(settings: Settings, console: Terminal) -> None:
    """Show the rows of each table and how far each topic has been read."""
    where = database.url(settings)
    engine = database.connect(where, create=False)
    try:
        store = Store(engine)
        counts, at = store.counts(), store.offsets()
    finally:
        engine.dispose()
    console.say(f"database: {database.shown(where)}")
    table = Table("table", "rows")
    for name, rows in counts.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    try:
        async with opened(settings.kafka) as log:
            bounds = await log.bounds()
    except Fault as error:
        console.say(f"records behind: unknown; {error}")
        return
    console.print(_lag(bounds, at))


def _lag(bounds: dict[Place, tuple[int, int]], at: dict[Place, int]) -> Table:
    behind: dict[str, int] = {}
    for (topic, partition), (first, end) in bounds.items():
        # Tansu names an end that is too low.
        left = max(0, end - max(first, at.get((topic, partition), 0)))
        behind[topic] = behind.get(topic, 0) + left
    table = Table("topic", "records behind")
    for topic, records in behind.items():
        table.add_row(topic, f"{records:,}")
    return table


async def _catch_up(store: Store, log: Log, console: Terminal) -> None:
    """Write all that the log holds now, behind a bar."""
    bounds, at = await log.bounds(), store.offsets()
    ends = {place: end for place, (_, end) in bounds.items()}
    left = sum(max(0, end - max(first, at.get(p, 0))) for p, (first, end) in bounds.items())
    with progress(console) as bar:
        task = bar.add_task("records written", total=left)

        def wrote(batches: Sequence[Batch], _seconds: float) -> None:
            bar.advance(task, sum(batch.end - batch.start for batch in batches))

        await follow(store, log, ends, wrote)
    console.say(", ".join(f"{rows:,} {name}" for name, rows in store.counts().items()))


@asynccontextmanager
async def _measured(
    settings: Settings, engine: Engine
) -> AsyncIterator[Callable[[Sequence[Batch], float], None]]:
    """Serve the metrics, where the settings want any: who is to be told of each write."""
    meters = Meters(Process.LEDGER, version())
    measured = Measured(meters)
    if settings.metrics.port is None:
        yield measured.wrote
        return

    def now() -> datetime | None:
        return utc_now() if settings.worker.clock == "wall" else measured.latest

    lag = Lag(settings.kafka, settings.worker.group, engine, now)
    segments = borders.load_segments(settings.borders, settings.segment_km)
    meters.registry.register(lag)
    meters.registry.register(Standing(engine, segments))
    async with watched(lag):
        with served(settings.metrics, meters, lag.why_not):
            yield measured.wrote


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Engine]:
    engine = database.connect(database.url(settings))
    try:
        yield engine
    finally:
        engine.dispose()
