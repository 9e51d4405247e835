"""Ends a worker that looks alive and does nothing, for its supervisor to start it anew.

Faust can stop reading after a rebalance while its heartbeats go on, so that nobody else gets the
partitions. What has been committed is therefore held against where the log ends, by a client and a
thread of its own: an event loop that is blocked cannot look at itself.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services import clients, topics
from services.clients import Unreachable
from services.faults import Fault
from services.log import ends as read_ends
from services.risk import ending
from services.risk.stalls import Stalls, Waiting
from services.settings import Settings
from services.truth.group import LEADS_S, READ

LOOK_S = 5.0
"""How often it is looked [s]."""

GAP_S = 30.0
"""How much later than asked for it may be looked [s]."""

STALLED_S = 60.0
"""For how long none of the records that wait may be done [s]: a batch takes less than a second."""

CUT_S = float(LEADS_S)
"""For how long a partition may end before what was read of it [s]."""

JOINING_S = 180.0
"""How long joining the group, or no step of restoring the tables, may take [s]."""

log = structlog.get_logger(__name__)


class Stalled(Fault):
    """The worker reads no more, or does nothing with what it reads."""


class Watchdog:
    """Looks at one worker from beside it."""

    def __init__(self, app: ending.RiskApp, settings: Settings) -> None:
        self._app, self._kafka, self._group = app, settings.kafka, settings.worker.group
        self._stalls = Stalls(gap_s=GAP_S)
        self._stopped = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look for as long as the context lasts."""
        thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join(LOOK_S)

    def _run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                async with clients.consumer(self._kafka, group_id=self._group) as consumer:
                    while not await self._stops():
                        waiting = await self._waiting(consumer)
                        if stalled := self._stalls.look(time.monotonic(), waiting):
                            self._end(Stalled(stalled))
                            return
            except (Unreachable, KafkaError, OSError):
                # With the broker away nothing can move, and that is not the worker's doing.
                await self._later()
            except Exception as error:
                # One that a fault of its own ends would watch nobody any more.
                log.error("the worker cannot be looked at", exc_info=error)
                await self._later()

    async def _later(self) -> None:
        """Begin anew after a while."""
        self._stalls.forget()
        await self._stops()

    async def _stops(self) -> bool:
        """Wait until it is to be looked again; return True at once where it is not."""
        return await asyncio.to_thread(self._stopped.wait, LOOK_S)

    async def _waiting(self, consumer: AIOKafkaConsumer) -> dict[str, Waiting]:
        """Return what this worker has to do now.

        Raises
        ------
        KafkaError
            No broker answers: then nothing can be done.
        """
        await consumer.topics()
        if self._app.in_recovery:
            left = cast(Any, self._app.tables).recovery.active_remaining_total()
            return {"restoring its tables": Waiting(left, JOINING_S)}
        if self._app.rebalancing:
            return {"joining its group": Waiting(0, JOINING_S)}
        names = {topics.name(topic, self._kafka) for topic in READ}
        held = [
            TopicPartition(*tp) for tp in self._app.assignor.assigned_actives() if tp.topic in names
        ]
        first = await consumer.beginning_offsets(held)
        # What the log no longer has is waited for by nobody.
        done = {tp: max(await consumer.committed(tp) or 0, first[tp]) for tp in held}
        ends = await consumer.end_offsets(held)
        if beyond := [tp for tp in held if done[tp] > ends[tp]]:
            # Tansu tells too low an end when it is just asked.
            ends |= await read_ends(consumer, beyond)
        return {
            f"{tp.topic} partition {tp.partition}, where records wait": Waiting(done[tp], STALLED_S)
            for tp in held
            if done[tp] < ends[tp]
        } | {
            f"{tp.topic} partition {tp.partition}, which ends before it": Waiting(done[tp], CUT_S)
            for tp in beyond
            if done[tp] > ends[tp]
        }

    def _end(self, failure: Stalled) -> None:
        # From now on it is not ready; a loop that is blocked would never come to say so.
        self._app.failure = self._app.failure or failure
        ending.after(ending.ORDERLY_S, ending.end_at_once, self._app)
        asyncio.run_coroutine_threadsafe(self._app.end(failure), self._app.loop)
