"""The notifier as it runs: takes in alerts, tells in time, sends, reports, and keeps the pulse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from schemas.delivery import Delivery
from schemas.segment import Segment
from schemas.topics import ALERTS, DELIVERIES
from schemas.versions import decode
from services.ledger.database import reading, writing
from services.ledger.follow import patiently
from services.moments import Clock, utc_now
from services.notifier import outbox
from services.notifier.heartbeat import Heart
from services.notifier.lock import WAIT_S, alone
from services.notifier.measured import Measured, unread
from services.notifier.notification import Channel
from services.notifier.sending import Sender
from services.notifier.setup import Setup
from services.notifier.store import Batch, Heard, Outrun, Store
from services.notifier.ways import Ways
from services.notifier.wire import Publisher, Source
from services.records import Delivery as Record
from services.records import Outgoing
from services.tracing import context
from services.tracing.spans import UNTOLD, Spans

REPORTS = 200
"""Most outcomes that are read from the database at once."""

LOOK_S = 2.0
"""How long the timer and the reporter sleep at most [s]."""

IDLE_READS = 20
"""After so many reads that brought nothing, all that was there in the beginning has been read:
the end that a broker tells may lie beyond the last record."""

PRUNE_S, PRUNE_PAUSE_S = 3_600.0, 0.1
"""How often it is looked for what is settled and old [s], and how soon once some was found."""

FOLLOWING = "following the alerts"
"""What is logged once the place in the log is noted: what comes after that is no history."""

log = structlog.get_logger(__name__)


class Service:
    """Everything that goes on at once in the one notifier of a database."""

    def __init__(
        self,
        store: Store,
        source: Source,
        publisher: Publisher,
        channels: Mapping[tuple[str, str], Channel],
        clock: Clock = utc_now,
        measured: Measured | None = None,
        spans: Spans = UNTOLD,
    ) -> None:
        self._store, self._source, self._publisher = store, source, publisher
        self._clock, self._measured = clock, measured or unread()
        self._senders = [
            Sender(store, *place, channel, clock, self._measured, spans)
            for place, channel in channels.items()
        ]
        self._turn = asyncio.Lock()
        self._next_at: datetime | None = None
        self._due, self._outcome = asyncio.Event(), asyncio.Event()

    async def run(self, check: Callable[[], None], heart: Heart | None) -> None:
        """Go on for ever; the first fault ends all of it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self._time())
                tasks.create_task(self._report())
                tasks.create_task(self._prune())
                tasks.create_task(_make_sure(check))
                for sender in self._senders:
                    tasks.create_task(sender.work(self._outcome.set))
                if heart is not None:
                    tasks.create_task(heart.beat_on(self._wake))
        except* Exception as errors:
            # One line says what is wrong; the others were only cancelled with it.
            raise errors.exceptions[0] from None

    def _wake(self) -> None:
        for sender in self._senders:
            sender.wake()

    async def _follow(self) -> None:
        """Take in what the topic holds and goes on to hold."""
        await patiently(self._store.begin, await self._source.ends())
        await self._settle(anew=True)
        at = await patiently(self._store.offsets)
        await self._source.seek(at)
        log.info(FOLLOWING, offsets=at)
        self._measured.began()
        idle = 0
        while True:
            found = await self._source.collect()
            if found:
                idle = 0
                await self._take_in(at, found)
                continue
            idle += 1
            if idle == IDLE_READS and await patiently(self._store.in_history):
                await patiently(self._store.end_history)
                await self._settle()

    async def _take_in(self, at: dict[int, int], found: Mapping[int, list[Record]]) -> None:
        batches = [
            Batch(partition, at[partition], records[-1].ref.offset + 1, tuple(_heard(records)))
            for partition, records in found.items()
        ]
        try:
            async with self._turn:
                self._next_at = await patiently(self._store.take_in, batches, self._clock())
            at |= {batch.partition: batch.end for batch in batches}
        except Outrun:
            # A connection that broke after the transaction had been taken leaves it in doubt.
            at |= await patiently(self._store.offsets)
            await self._source.seek(at)
            # When to settle next was said to nobody.
            self._next_at = self._clock()
        for batch in batches:
            for heard in batch.heard:
                self._measured.heard(heard.alert)
        self._told()

    async def _settle(self, *, anew: bool = False) -> None:
        async with self._turn:
            settle = self._store.settle
            self._next_at = await patiently(lambda: settle(self._clock(), anew=anew))
        self._told()

    def _told(self) -> None:
        self._wake()
        self._outcome.set()
        self._due.set()

    async def _time(self) -> None:
        """Tell what becomes due as time passes, or as a clock that ran ahead is set right."""
        shown = self._clock()
        while True:
            self._due.clear()
            before, shown, at = shown, self._clock(), self._next_at
            if shown < before or (at is not None and at <= shown):
                await self._settle()
                continue
            left = (at - shown).total_seconds() if at is not None else LOOK_S
            await _wait(self._due, min(LOOK_S, max(0.0, left)))

    async def _report(self) -> None:
        """Publish every outcome; one that is not acknowledged is published again."""
        while True:
            self._outcome.clear()
            rows = await patiently(self._unreported)
            for number, record in rows:
                try:
                    await self._publisher.publish(record)
                except Exception as error:
                    log.warning("outcome not published yet", why=type(error).__name__)
                    await asyncio.sleep(LOOK_S)
                    break
                await patiently(self._reported, number)
            if not rows:
                await _wait(self._outcome, LOOK_S)

    async def _prune(self) -> None:
        """Let go of what is settled and old, in turn with whatever else changes what is known."""
        while True:
            async with self._turn:
                gone = await patiently(self._store.prune, self._clock())
            await asyncio.sleep(PRUNE_PAUSE_S if gone else PRUNE_S)

    def _unreported(self) -> list[tuple[int, Outgoing]]:
        with reading(self._store.engine) as connection:
            rows = outbox.unreported(connection, REPORTS)
            return [(row.number, _report(connection, row, self._clock())) for row in rows]

    def _reported(self, number: int) -> None:
        with writing(self._store.engine) as connection:
            outbox.reported(connection, [number])


def _report(connection: Connection, row: Row[Any], moment: datetime) -> Outgoing:
    """Return the record of an outcome, with the trace context that its attempt went on with.

    The broker refuses what comes from the future, and so would keep back all that follows what was
    noted by a clock that ran ahead: its record is of now, whatever it says of itself.
    """
    told: Delivery = decode(DELIVERIES, row.value)
    key = told.notification_id.encode()
    record = Outgoing(DELIVERIES, key, row.value, (), min(told.recorded_at, moment))
    refs = [(alert.alert_id, alert.sequence) for alert in told.alerts]
    (found,) = context.carried([record], next(iter(outbox.traces(connection, refs)), None))
    return found


def _heard(records: list[Record]) -> list[Heard]:
    """Return the alerts among ``records``; one that cannot be read is named and stops nothing."""
    found = []
    for record in records:
        try:
            alert = decode(ALERTS, record.value or b"").data
        except ValueError as error:
            log.error("alert cannot be read", why=str(error)[:500], **record.ref.model_dump())
            continue
        trace = context.of(record.headers)
        found.append(Heard(record.ref.offset, alert, record.value or b"", trace))
    return found


async def _make_sure(check: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(WAIT_S)
        await asyncio.to_thread(check)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


@asynccontextmanager
async def opened_channels(
    setup: Setup, ways: Ways, segments: Mapping[str, Segment]
) -> AsyncIterator[dict[tuple[str, str], Channel]]:
    """Make every channel, and close each at the end whatever became of the others."""
    async with AsyncExitStack() as closing:
        found: dict[tuple[str, str], Channel] = {}
        for receiver, names in setup.channels.items():
            given = setup.config.receivers[receiver].channels
            for number, (name, content) in enumerate(zip(names, given, strict=True)):
                where = f"receivers.{receiver}.channels[{number}]"
                channel = ways.build(ways.read(content, where), segments)
                closing.push_async_callback(channel.close)
                found[receiver, name] = channel
        yield found


async def notify(
    store: Store,
    source: Source,
    publisher: Publisher,
    ways: Ways,
    segments: Mapping[str, Segment],
    say: Callable[[str], None],
    heart: Heart | None = None,
    afresh: bool = False,
    measured: Measured | None = None,
    spans: Spans = UNTOLD,
) -> None:
    """Notify until cancelled, alone on the database; a ``heart`` beats beside it.

    Parameters
    ----------
    afresh
        Whether to empty the database first.
    """
    async with (
        opened_channels(store.setup, ways, segments) as channels,
        alone(store.engine, say) as check,
    ):
        if afresh:
            await patiently(store.clear)
        service = Service(store, source, publisher, channels, measured=measured, spans=spans)
        await service.run(check, heart)
