"""Makes the workers' tables anew from the log, up to where the workers have come."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

import structlog

from models.engine import Engine
from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import clients, topics
from services.faults import Fault
from services.log import Reader, reader
from services.progress import Advance
from services.records import Delivery
from services.risk.fence import MARK, stamp
from services.risk.handled import changes_of
from services.risk.handlers import Assessing, Handler, Locating
from services.risk.tables import (
    INCIDENTS_TABLE,
    SEGMENTS_TABLE,
    VERSION,
    changelog,
    segment_of,
    store,
)
from services.settings import Kafka, Settings
from services.truth import group
from services.truth.group import Committed, TurnLost
from services.truth.recall import Recall

logger = structlog.get_logger(__name__)


NOTICED_S = 10
"""How long a broker may count a worker as a member that has died [s], with some room."""


class WorkersRunning(Fault):
    """Tables cannot be made anew under workers that use them."""


class NothingCommitted(Fault):
    """The group has read nothing, so that the log leads to no tables of its."""


async def rebuild(settings: Settings, engine: Engine, advance: Advance) -> dict[str, int]:
    """Drop the tables of the workers' group and make them from the log; return the states of each.

    Nothing is published. While it runs the tables are marked as half made, so that a worker that
    starts meanwhile, or after this died, waits and makes them whole first.

    Raises
    ------
    WorkersRunning
        The group has members, or had some when it was done.
    NothingCommitted
        The group has committed no offsets, or they have expired.
    LogCut
        The group has read further than the log goes.
    TurnLost
        Another process has begun to make them.
    """
    async with group.turn(settings.kafka, settings.worker.group) as held:
        return await make(settings, engine, advance, held)


async def make(
    settings: Settings, engine: Engine, advance: Advance, held: Callable[[], None]
) -> dict[str, int]:
    """Do what ``rebuild`` does, for whom has the turn already."""
    kafka, name = settings.kafka, settings.worker.group
    come = await group.reached(kafka, name)
    if not come:
        msg = (
            f"consumer group {name!r} has committed nothing: there is no saying how far its tables "
            "should reach; is it the workers' group (--group)? Offsets expire when no worker has "
            "run for a week; a worker then reads the log from its beginning by itself"
        )
        raise NothingCommitted(msg)
    await _without_workers(kafka, name)
    await group.set_state_version(kafka, name, 0)
    counts = {}
    async with reader(kafka) as log:
        recall = await _recalled(settings, engine, log, advance)
        for table in _tables(engine.recalling(recall)):
            counts[table.name] = await table.rebuild(settings, log, come, advance, held)
    # One that had seen whole tables before they were marked may have joined since.
    await _without_workers(kafka, name)
    held()
    await group.set_state_version(kafka, name, VERSION)
    return counts


async def _recalled(settings: Settings, engine: Engine, log: Reader, advance: Advance) -> Recall:
    """Return what tells which models scored each record: open alerts follow from what they said."""
    recall, done = Recall(settings, engine), 0
    ends = await log.ends(ASSESSMENTS)
    async for batch in log.read(ASSESSMENTS, ends):
        recall.heard(batch)
        done += len(batch)
        advance(f"reading {ASSESSMENTS.name}", done, sum(ends.values()))
    for why, count in recall.missing.items():
        logger.warning("models not at hand", assessments=count, why=why)
    return recall


async def _without_workers(kafka: Kafka, name: str) -> None:
    if active := await _who_stays(kafka, name):
        msg = (
            f"consumer group {name!r} has {len(active)} members ({', '.join(active)}); stop its "
            "workers first: they would write over the tables that are made anew"
        )
        raise WorkersRunning(msg)


async def _who_stays(kafka: Kafka, name: str) -> tuple[str, ...]:
    """Return the members that are still there once those that died must have been noticed."""
    for _ in range(NOTICED_S):
        if not (active := await group.members(kafka, name)):
            break
        await asyncio.sleep(1)
    return active


class _Table:
    """One table: the handler that makes it, and the topic that it is made from."""

    def __init__(self, name: str, handler: Handler, topic: Topic) -> None:
        self.name = name
        self._handler = handler
        self._topic = topic
        self._kept: dict[bytes, bytes] = {}
        self._partitions: dict[bytes, int] = {}

    async def rebuild(
        self,
        settings: Settings,
        log: Reader,
        come: Committed,
        advance: Advance,
        held: Callable[[], None],
    ) -> int:
        """Replay the topic, then put what came of it in place of what the changelog holds.

        It begins with a mark in each partition, as an owner does: should the turn be lost on the
        way, what is written after the next one has begun counts for nothing.
        """
        epochs = await self._mark(settings)
        until = come.get(self._topic.name, {})
        total, done = sum(until.values()), 0
        async for batch in log.read(self._topic, until):
            # Beside the loop: the broker takes the turn from who says nothing for some seconds.
            await asyncio.to_thread(self._replay, batch)
            done += len(batch)
            advance(f"replaying {self._topic.name}", done, total)
        stale = await self._stale(settings, log)
        held()
        await self._write(settings, stale, epochs, advance)
        await self._make_sure(settings, log, epochs)
        return sum(segment_of(key) == key for key in self._kept)

    async def _mark(self, settings: Settings) -> dict[int, int]:
        """Mark each partition of the changelog; return the offsets of the marks."""
        name = changelog(settings.worker.group, self.name)
        await topics.ensure_compacted(settings.kafka, name, settings.kafka.partitions)
        async with clients.producer(settings.kafka) as producer:
            return {
                n: (await producer.send_and_wait(name, b"1", key=MARK, partition=n)).offset
                for n in range(settings.kafka.partitions)
            }

    async def _make_sure(self, settings: Settings, log: Reader, epochs: dict[int, int]) -> None:
        """Raise ``TurnLost`` where another mark stands above what has been written."""
        name = changelog(settings.worker.group, self.name)
        after = {n: mark + 1 for n, mark in epochs.items()}
        async for batch in log.read(name, await log.ends(name), after):
            if any(record.key == MARK for record in batch):
                raise TurnLost(settings.worker.group)

    def _replay(self, batch: Sequence[Delivery]) -> None:
        found = self._handler.handle(batch, self._kept)
        for delivery, handled in zip(batch, found, strict=True):
            self._partitions |= {one.key: delivery.ref.partition for one in handled.states}
        store(changes_of(found), self._kept)

    async def _stale(self, settings: Settings, log: Reader) -> dict[bytes, int]:
        """Return the keys that the changelog has and the log does not lead to."""
        name = changelog(settings.worker.group, self.name)
        found: dict[bytes, int] = {}
        async for batch in log.read(name, await log.ends(name)):
            for record in batch:
                if record.key not in (None, MARK):
                    found[record.key] = record.ref.partition
        return {key: partition for key, partition in found.items() if key not in self._kept}

    async def _write(
        self,
        settings: Settings,
        stale: dict[bytes, int],
        epochs: dict[int, int],
        advance: Advance,
    ) -> None:
        name = changelog(settings.worker.group, self.name)
        options = {"linger_ms": 5, "max_request_size": REJECTED.max_message_bytes}
        async with clients.producer(settings.kafka, **options) as producer:
            waiting = []
            for done, (key, value, n) in enumerate(self._records(stale), start=1):
                headers = stamp(epochs[n])
                sent = await producer.send(name, value, key=key, partition=n, headers=headers)
                waiting.append(sent)
                advance(f"writing {self.name}", done, len(self._kept) + len(stale))
            for acknowledged in waiting:
                await acknowledged

    def _records(self, stale: dict[bytes, int]) -> Iterator[tuple[bytes, bytes | None, int]]:
        for key, partition in stale.items():
            yield key, None, partition
        # Days before the state that counts them, as a worker writes them.
        for key in sorted(self._kept, key=lambda k: (segment_of(k), segment_of(k) == k, k)):
            yield key, self._kept[key], self._partitions[key]


def _tables(engine: Engine) -> tuple[_Table, ...]:
    return (
        _Table(INCIDENTS_TABLE, Locating(engine), INCIDENTS),
        _Table(SEGMENTS_TABLE, Assessing(engine), OBSERVATIONS),
    )
