"""Opens what the gateway works with: the log, the read model and its own database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Engine

from services import borders, topics
from services.gateway.auth.opening import authentication
from services.gateway.following import log
from services.gateway.keeping import kept
from services.gateway.parts import Parts
from services.gateway.wrapping import Wrapping
from services.gateway.writing import writer
from services.ledger import database
from services.metrics import table
from services.metrics.meters import Meters
from services.metrics.table import Process
from services.settings import Settings
from services.tracing import opening as tracing
from services.tracing.asked import TracedWriter
from services.version import version


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Parts]:
    """Open everything that the settings name, and close it whatever happens.

    Raises
    ------
    Unreachable, LedgerUnavailable, UnknownBorder, NotTraced
        Something cannot be opened: what, and what to do.
    """
    segments = {
        s.segment_id: s for s in borders.load_segments(settings.borders, settings.segment_km)
    }
    # A key that opens nothing is told now, and not with the first report.
    Wrapping(settings.gateway.seal_key)
    await topics.ensure(settings.kafka)
    alert_log = await log.opened(settings.kafka)
    with (
        tracing.opened(Process.GATEWAY) as spans,
        _ledger(settings) as ledger,
        kept(settings) as own,
    ):
        meters = Meters(Process.GATEWAY, version())
        appended = meters.counter(table.APPENDED)
        async with writer(settings.kafka, lambda topic: appended.labels(topic).inc()) as appending:
            who = await authentication(settings, own)
            traced = TracedWriter(appending, spans, settings.kafka)
            yield Parts(
                settings, traced, ledger, own, segments, who, alert_log, meters=meters, spans=spans
            )


@contextmanager
def _ledger(settings: Settings) -> Iterator[Engine]:
    engine = database.connect(database.url(settings))
    try:
        yield engine
    finally:
        engine.dispose()
