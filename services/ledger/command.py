"""What ``forewarn ledger`` does: follows the log, fills the ledger again, says how far it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from services.faults import Fault
from services.ledger import database
from services.ledger.follow import Log, follow, opened
from services.ledger.store import Place, Store
from services.progress import progress
from services.settings import Settings


async def run(settings: Settings, console: Console, *, until_caught_up: bool, afresh: bool) -> None:
    """Follow the log into the ledger, until Ctrl-C or until all that is there now is written."""
    async with _store(settings) as store, opened(settings.kafka) as log:
        if afresh:
            store.clear()
        if until_caught_up:
            await _catch_up(store, log, console)
            return
        where = database.shown(database.url(settings))
        _say(console, f"following {settings.kafka.bootstrap_servers} into {where}; Ctrl-C ends")
        await follow(store, log)


async def rebuild(settings: Settings, console: Console) -> None:
    """Drop every row and read the topics again from their beginning."""
    async with _store(settings) as store, opened(settings.kafka) as log:
        store.clear()
        await _catch_up(store, log, console)


async def status(settings: Settings, console: Console) -> None:
    """Show the rows of each table and how far each topic has been read."""
    where = database.url(settings)
    engine = database.connect(where, create=False)
    try:
        store = Store(engine)
        counts, at = store.counts(), store.offsets()
    finally:
        engine.dispose()
    _say(console, f"database: {database.shown(where)}")
    table = Table("table", "rows")
    for name, rows in counts.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    try:
        async with opened(settings.kafka) as log:
            bounds = await log.bounds()
    except Fault as error:
        _say(console, f"records behind: unknown; {error}")
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


async def _catch_up(store: Store, log: Log, console: Console) -> None:
    """Write all that the log holds now, behind a bar."""
    bounds, at = await log.bounds(), store.offsets()
    ends = {place: end for place, (_, end) in bounds.items()}
    left = sum(max(0, end - max(first, at.get(p, 0))) for p, (first, end) in bounds.items())
    with progress(console) as bar:
        task = bar.add_task("records written", total=left)
        await follow(store, log, ends, lambda records: bar.advance(task, records))
    _say(console, ", ".join(f"{rows:,} {name}" for name, rows in store.counts().items()))


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    engine = database.connect(database.url(settings))
    try:
        yield Store(engine)
    finally:
        engine.dispose()


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
