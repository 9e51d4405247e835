"""Sends what is in the outbox: a worker for each channel, so that none waits for another."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from schemas.delivery import Delivery
from services.ledger.database import reading, writing
from services.ledger.follow import patiently
from services.notifier import closed, outbox
from services.notifier.measured import Measured, unread
from services.notifier.notification import Channel, Notification, Outcome, TryAgain
from services.notifier.outbox import Item
from services.notifier.store import Store
from services.tracing import attempts
from services.tracing.spans import UNTOLD, Spans

LOOK_S = 2.0
"""How long a worker sleeps at most [s]: commands of another process change the outbox too."""

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


class Sender:
    """The worker of one channel of one receiver."""

    def __init__(
        self,
        store: Store,
        receiver: str,
        name: str,
        channel: Channel,
        clock: Clock,
        measured: Measured | None = None,
        spans: Spans = UNTOLD,
    ) -> None:
        self._store, self._receiver, self._name = store, receiver, name
        self._channel, self._clock = channel, clock
        self._measured, self._spans = measured or unread(), spans
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look into the outbox now."""
        self._news.set()

    async def work(self, told: Callable[[], None]) -> None:
        """Send for ever; ``told`` is called when there is an outcome to report."""
        while True:
            self._news.clear()
            if await self.step():
                told()
            else:
                await self._sleep()

    async def step(self) -> bool:
        """Send what is due next; return whether there was anything."""
        item = await patiently(self._due)
        if item is None:
            return False
        began = time.perf_counter()
        span, notification = attempts.begun(self._spans, item)
        outcome = await sent(self._channel, notification, self._store.setup.config.send_timeout)
        took = time.perf_counter() - began
        told = await patiently(self._record, item, outcome)
        attempts.ended(span, told)
        self._measured.attempted(item.notification, told, self._clock(), took)
        return True

    def _due(self) -> Item | None:
        """Return what is to be sent now; what need not be sent any more is put on record."""
        while True:
            moment = self._clock()
            with reading(self._store.engine) as connection:
                item = outbox.due(connection, self._receiver, self._name, moment)
                if item is None:
                    return None
                disabled = closed.is_closed(connection, (self._receiver, self._name))
                overtaken = outbox.overtaken(connection, item)
            if not disabled and not overtaken:
                return item
            with writing(self._store.engine) as connection:
                if disabled:
                    outbox.pass_over(connection, item, moment)
                else:
                    outbox.leave_out(connection, item, overtaken, moment)

    def _record(self, item: Item, outcome: Outcome) -> Delivery:
        with writing(self._store.engine) as connection:
            told = outbox.record(connection, item, outcome, self._clock())
        log.info(
            "attempt",
            id=told.notification_id,
            receiver=self._receiver,
            channel=self._name,
            attempt=told.attempt,
            outcome=told.outcome.value,
            reason=told.reason,
        )
        return told

    async def _sleep(self) -> None:
        at = await patiently(self._next)
        wait = min(LOOK_S, (at - self._clock()).total_seconds()) if at is not None else LOOK_S
        try:
            async with asyncio.timeout(max(0.0, wait)):
                await self._news.wait()
        except TimeoutError:
            return

    def _next(self) -> datetime | None:
        with reading(self._store.engine) as connection:
            return outbox.next_due(connection, self._receiver, self._name)


async def sent(channel: Channel, notification: Notification, within: timedelta) -> Outcome:
    """Return what came of one attempt; whatever a channel does, there is an outcome in time.

    A fault of a channel is told by its kind alone, since its words may hold an address.
    """
    task = asyncio.ensure_future(channel.send(notification))
    try:
        done, _ = await asyncio.wait({task}, timeout=within.total_seconds())
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        # It is not waited for: it may not heed that it is cancelled.
        task.cancel()
        return TryAgain(f"no answer within {within.total_seconds():g} s")
    if task.cancelled():
        return TryAgain("the channel broke off")
    error = task.exception()
    if error is not None:
        log.error("channel failed", receiver=notification.receiver, kind=type(error).__name__)
        return TryAgain(f"the channel failed: {type(error).__name__}")
    return task.result()
