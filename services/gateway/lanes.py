"""Writes to one partition: what waits can still be refused, what is in flight cannot."""

import asyncio
from collections import deque
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.base import RecordRef
from services.clients import Unreachable
from services.gateway.parts import InDoubt, LogAway
from services.gateway.producers import Producers
from services.records import Outgoing, milliseconds

PATIENCE_S = 2.0
"""How old a batch in flight may be before its partition counts as away [s]."""

# For these a broker would have refused the batch however often it came.
_NEVER_WRITTEN = (InvalidTimestampError, MessageSizeTooLargeError, RecordListTooLargeError)

Waiting = tuple[Outgoing, "asyncio.Future[RecordRef]"]


class Lane:
    """The way to one partition.

    At most one batch is in flight: given to the client, which sends it until the broker answers,
    so that nobody can say that it will not be written. Everything else waits here, and is
    refused for certain when the broker goes away.

    Parameters
    ----------
    name
        The topic's name on the cluster.
    away
        Tells why no broker is there, or None.
    """

    def __init__(
        self, name: str, partition: int, producers: Producers, away: Callable[[], str | None]
    ) -> None:
        self._name, self._partition = name, partition
        self._producers, self._broker = producers, away
        self._waiting: deque[Waiting] = deque()
        self._since: float | None = None
        self._task: asyncio.Task[None] | None = None

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        """Return the place that a record will have; it raises what ``Writer.put`` says."""
        future: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
        if (why := self._away()) is not None:
            future.set_exception(LogAway(why))
            return future
        self._waiting.append((record, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        return future

    def refuse(self, why: str) -> None:
        """Refuse what waits: it has not been given to anybody."""
        while self._waiting:
            _fail(self._waiting.popleft()[1], LogAway(why))

    async def close(self) -> None:
        """Refuse what waits, and leave what is in flight without an answer."""
        self.refuse("the gateway ends")
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _away(self) -> str | None:
        if (why := self._broker()) is not None:
            return why
        now = asyncio.get_running_loop().time()
        if self._since is not None and now - self._since > PATIENCE_S:
            return f"what was sent to it {now - self._since:.0f} s ago has had no answer yet"
        return None

    async def _write(self) -> None:
        while self._waiting:
            try:
                async with self._producers.lent() as producer:
                    batch, taken = self._filled(producer.create_batch())
                    await self._fly(producer, batch, taken)
            except (KafkaError, Unreachable) as error:
                self.refuse(_told(error))
                return

    def _filled(self, batch: BatchBuilder) -> tuple[BatchBuilder, list[Waiting]]:
        """Move into a batch what fits of what waits; the first always does."""
        taken: list[Waiting] = []
        while self._waiting:
            record = self._waiting[0][0]
            added = batch.append(
                timestamp=milliseconds(record.at),
                key=record.key,
                value=record.value,
                headers=list(record.headers),
            )
            if added is None:
                break
            taken.append(self._waiting.popleft())
        return batch, taken

    async def _fly(
        self, producer: AIOKafkaProducer, batch: BatchBuilder, taken: list[Waiting]
    ) -> None:
        """Send a batch, and tell what became of its records once it is known."""
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        late = loop.call_later(PATIENCE_S + 0.01, self._late)
        given = False
        try:
            sent = await producer.send_batch(batch, self._name, partition=self._partition)
            given = True
            first = (await sent).offset
        except Exception as error:
            # Whatever it is, nobody may be left waiting for an answer.
            self._producers.retire(producer)
            sure = not given or isinstance(error, _NEVER_WRITTEN)
            failure = LogAway(_told(error)) if sure else InDoubt(_told(error))
            for _, future in taken:
                _fail(future, failure)
        else:
            self._tell(taken, first)
        finally:
            self._since = None
            late.cancel()

    def _tell(self, taken: list[Waiting], first: int) -> None:
        for n, (record, future) in enumerate(taken):
            if first < 0:
                # The broker knows the batch, and no longer where it is.
                _fail(future, InDoubt("it is written, and the broker does not say where"))
            elif not future.done():
                name = record.topic.name
                ref = RecordRef(topic=name, partition=self._partition, offset=first + n)
                future.set_result(ref)

    def _late(self) -> None:
        if (why := self._away()) is not None:
            self.refuse(why)


def _fail(future: "asyncio.Future[RecordRef]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        # Whoever waited may have hung up.
        future.exception()


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
