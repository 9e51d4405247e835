"""Reads the log from where the ledger stands, without a consumer group, and writes it there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import stamina
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from schemas.topics import TOPICS
from services import clients, topics
from services.faults import Fault
from services.ledger import tables
from services.ledger.database import AWAY
from services.ledger.rows import row
from services.ledger.store import Batch, Outrun, Place, Store
from services.log import delivery
from services.reach import NoBrokerKnown
from services.settings import Kafka

T = TypeVar("T")

BATCH = 1_000
"""Most records in one transaction."""

WAIT_S = 0.2
"""How long a record may wait for others to share its transaction [s]."""

EXTRA_READS = 10
"""How often to read on at the end: Tansu names as the end of a log the first record of its last
batch, so that there may be more until a read brings nothing."""

log = structlog.get_logger(__name__)


class LogDiffers(Fault):
    """The topics are not those that the ledger was filled from."""


class Log:
    """The topics that a read model follows, by their names without the deployment's prefix."""

    def __init__(
        self, consumer: AIOKafkaConsumer, kafka: Kafka, wanted: Collection[str] = tables.OF_TOPIC
    ) -> None:
        self._consumer = consumer
        self._names = {topics.name(t, kafka): t.name for t in TOPICS if t.name in wanted}
        self._partitions = {
            (name, p): TopicPartition(full, p)
            for full, name in self._names.items()
            for p in range(kafka.partitions)
        }
        consumer.assign(list(self._partitions.values()))

    @property
    def places(self) -> tuple[Place, ...]:
        """Every partition of every topic."""
        return tuple(self._partitions)

    @property
    def heard(self) -> bool:
        """Whether the broker has answered what was asked of every partition.

        Until then the log may be another one.
        """
        return all(self._consumer.highwater(tp) is not None for tp in self._partitions.values())

    async def bounds(self) -> dict[Place, tuple[int, int]]:
        """Return of each partition the first offset that is there and the next that is not yet."""
        wanted = list(self._partitions.values())
        first = await self._consumer.beginning_offsets(wanted)
        end = await self._consumer.end_offsets(wanted)
        return {place: (first[tp], end[tp]) for place, tp in self._partitions.items()}

    async def seek(self, offsets: Mapping[Place, int]) -> dict[Place, int]:
        """Go on from ``offsets``; return where the log begins, of the places that begin later."""
        first = await self._consumer.beginning_offsets(list(self._partitions.values()))
        gone = {}
        for place, tp in self._partitions.items():
            at = offsets.get(place, 0)
            if at < first[tp]:
                log.warning("records are gone", topic=place[0], since=at, until=first[tp])
                gone[place] = first[tp]
            self._consumer.seek(tp, max(at, first[tp]))
        return gone

    async def passed(self) -> dict[Place, int]:
        """Return of each partition the offset after what has been collected.

        That is also after what takes an offset and is no record: the marker that ends a
        transaction may be the last that a partition has.
        """
        return {place: await self._consumer.position(tp) for place, tp in self._partitions.items()}

    async def collect(self) -> dict[Place, list[ConsumerRecord]]:
        """Return the next records: at most ``BATCH``, after at most ``WAIT_S``.

        Raises
        ------
        LogDiffers
            The log ends before the ledger does: it is another log.
        """
        found: dict[Place, list[ConsumerRecord]] = {}
        loop = asyncio.get_running_loop()
        missing, deadline = BATCH, loop.time() + WAIT_S
        while missing and (left := deadline - loop.time()) > 0:
            try:
                got = await self._consumer.getmany(timeout_ms=int(left * 1000), max_records=missing)
            except OffsetOutOfRangeError as error:
                raise _differs(error, self._names) from error
            for tp, records in got.items():
                found.setdefault((self._names[tp.topic], tp.partition), []).extend(records)
                missing -= len(records)
        return found


def _differs(error: OffsetOutOfRangeError, names: Mapping[str, str]) -> LogDiffers:
    (tp, at), *_ = error.args[0].items()
    msg = (
        f"topic {names[tp.topic]!r}, partition {tp.partition}: the ledger has read up to offset "
        f"{at}, which the log does not reach: it was filled from another log. Check "
        "FOREWARN_KAFKA__BOOTSTRAP_SERVERS and FOREWARN_LEDGER__URL, or fill it again: forewarn "
        "ledger rebuild"
    )
    return LogDiffers(msg)


@asynccontextmanager
async def opened(kafka: Kafka, wanted: Collection[str] = tables.OF_TOPIC) -> AsyncIterator[Log]:
    """Open the topics for reading, and make those that are missing.

    Raises
    ------
    NoBrokerKnown, Unreachable
        No broker is named, or it does not answer.
    """
    if not kafka.bootstrap_servers:
        raise NoBrokerKnown
    await topics.ensure(kafka)
    # Where to read is the database's to say: an offset that is not there must be an error.
    async with clients.consumer(kafka, auto_offset_reset="none") as consumer:
        yield Log(consumer, kafka, wanted)


async def follow(
    store: Store,
    source: Log,
    until: Mapping[Place, int] | None = None,
    wrote: Callable[[Sequence[Batch], float], None] = lambda _batches, _seconds: None,
) -> None:
    """Write what the log holds and goes on to hold, for ever or up to the offsets ``until``.

    ``wrote`` is told of each write, and how long it took [s].

    The next batch is asked for once the last is written, so that a slow database slows the
    reading and not the memory. What the database refuses for want of a connection is tried again
    for ever: the same batch cannot be written twice.

    Raises
    ------
    LogDiffers
        The topics are not those that the ledger was filled from.
    """
    await patiently(store.begin, source.places)
    at = await _go_on(store, source)
    extra = 0
    while extra < EXTRA_READS:
        found = await source.collect()
        reached = until is not None and all(at[place] >= end for place, end in until.items())
        if reached and source.heard:
            extra = extra + 1 if found else EXTRA_READS
        ends = {place: end for place, end in (await source.passed()).items() if end > at[place]}
        if not ends:
            continue
        began = time.perf_counter()
        try:
            batches = await patiently(_write, store, found, at, ends)
        except Outrun as outrun:
            log.info("another ledger was first", reason=str(outrun))
            # The winner has a batch in hand already: leave it the next one too.
            await asyncio.sleep(WAIT_S)
            at = await _go_on(store, source)
            continue
        at |= {(batch.topic, batch.partition): batch.end for batch in batches}
        wrote(batches, time.perf_counter() - began)


async def _go_on(store: Store, source: Log) -> dict[Place, int]:
    while True:
        found = await patiently(store.offsets)
        at = {place: found.get(place, 0) for place in source.places}
        gone = await source.seek(at)
        if not gone:
            return at
        await patiently(store.pass_over, at, gone)


def _write(
    store: Store,
    found: Mapping[Place, Sequence[ConsumerRecord]],
    at: Mapping[Place, int],
    ends: Mapping[Place, int],
) -> list[Batch]:
    batches = [batch(place, at[place], end, found.get(place, ())) for place, end in ends.items()]
    store.write(batches)
    return batches


def batch(place: Place, start: int, end: int, records: Sequence[ConsumerRecord]) -> Batch:
    """Return the rows of ``records``: all of a partition from offset ``start`` up to ``end``."""
    rows = (row(delivery(place[0], record)) for record in records)
    return Batch(*place, start, end, tuple(r for r in rows if r is not None))


async def patiently(work: Callable[..., T], *arguments: Any) -> T:
    """Run ``work`` beside the event loop, again and again while the database is away."""
    async for attempt in stamina.retry_context(on=AWAY, attempts=None, timeout=None, wait_max=10.0):
        with attempt:
            return await asyncio.to_thread(work, *arguments)
    raise AssertionError("unreachable: the retries never end")
