"""What every agent is: read a batch, handle it, publish, keep the states."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from faust.types import StreamT

from schemas.topics import Topic
from services.log import delivery
from services.records import Delivery, Outgoing
from services.risk import tables
from services.risk.batches import RECORDS, Batch
from services.risk.changelog import States
from services.risk.ending import Watch
from services.risk.handled import Handled, changes_of
from services.risk.handlers import Handler, unpublishable
from services.risk.observing import NOBODY, Observer
from services.risk.publisher import Publisher, Unpublishable
from services.tracing.context import following

log = structlog.get_logger(__name__)

HELD_S = 1.0
"""For how long [s] handling records may hold the event loop; those that follow are fewer where it
takes longer. A batch of ordinary ones takes half of it."""

_PAUSE_S = 10.0
"""How long [s] until a broker that takes not even a small rejection is asked again."""


async def process(
    stream: StreamT[Batch],
    topic: Topic,
    handler: Handler,
    states: States,
    publisher: Publisher,
    watch: Watch,
    observer: Observer = NOBODY,
) -> None:
    """Handle every batch of ``stream``: publish before keeping the states, watch after both.

    What is not done when this ends, for whatever reason, is not acknowledged.
    """
    hand = _Hand(topic, handler, states, publisher, watch, observer)
    async for event in stream.events():
        batch: Batch = event.value
        batch.settle(0)
        try:
            await hand.work(batch, [delivery(topic.name, record) for record in batch])
        except Exception as error:
            # Going on would fold later records into states that lack these.
            await watch.failed(error)


class _Hand:
    """Does the records of a batch, as many together as can be."""

    def __init__(
        self,
        topic: Topic,
        handler: Handler,
        states: States,
        publisher: Publisher,
        watch: Watch,
        observer: Observer,
    ) -> None:
        self._topic = topic
        self._observer = observer
        self._handler = handler
        self._states = states
        self._publisher = publisher
        self._watch = watch
        self._size = RECORDS

    async def work(self, batch: Batch, deliveries: Sequence[Delivery]) -> None:
        """Do ``deliveries``, which are those of ``batch``, unless the watch ends the worker."""
        done = 0
        while done < len(deliveries):
            part = deliveries[done : done + self._size]
            began = time.perf_counter()
            found = await self._together(part)
            if found is None:
                self._size = min(self._size, len(part) // 2)
                continue
            took = time.perf_counter() - began
            self._observer.did(self._topic, part[: len(found)], found, took)
            done += len(found)
            batch.settle(done)
            if not await self._watch.goes_on([h.rejected for h in found]):
                return

    async def _together(self, part: Sequence[Delivery]) -> list[Handled] | None:
        """Return what came of ``part`` or its beginning; None if it is to be done in parts.

        A crash must find the states as they were before all of it or after: a part of them would
        let a record that is handled again find what came after it.
        """
        began = time.perf_counter()
        found = self._handler.handle(part, self._states)
        held = time.perf_counter() - began
        if held > HELD_S:
            self._size = max(1, int(len(part) * HELD_S / held))
        elif len(part) == self._size:
            self._size = min(2 * self._size, RECORDS)
        del found[self._watch.borne([h.rejected for h in found]) :]
        changes, alone = tables.net(changes_of(found), self._states), len(found) == 1
        if not alone and not self._states.fits(changes):
            return None
        try:
            await self._publisher.publish(_outgoing(part, found))
        except Unpublishable as error:
            if not alone:
                return None
            # What stands in its place leaves no state.
            found, changes = [await self._instead(part[0], error)], {}
        if changes:
            await self._states.keep(part[0].ref.partition, changes)
        return found

    async def _instead(self, record: Delivery, error: Unpublishable) -> Handled:
        """Publish a small rejection in place of what follows from ``record``; return that."""
        pause = 0.0
        while True:
            log.critical("cannot publish", why=str(error))
            await asyncio.sleep(pause)
            handled = unpublishable(record, error)
            try:
                await self._publisher.publish(_outgoing([record], [handled]))
            except Unpublishable as again:
                # Kafka's default limit is larger than this; where it is refused too, only an
                # operator can help, and the log says so each time.
                error, pause = again, _PAUSE_S
            else:
                return handled


def _outgoing(part: Sequence[Delivery], found: Sequence[Handled]) -> list[Outgoing]:
    """Return what follows from ``part`` or its beginning, with the trace context of each record."""
    outgoing = [one.outgoing for one in found]
    return list(following(zip(part, outgoing, strict=False)))
