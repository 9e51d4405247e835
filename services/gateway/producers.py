"""Opens the producer that the gateway writes with, and another once one is spoilt."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas.topics import TOPICS
from services import clients, topics
from services.settings import Kafka

REQUEST_S = 20
"""How long a broker may take to answer a request before its connection is given up [s]."""

BATCH_BYTES = 256 * 1024
"""Most that is sent to one partition at once [bytes], unless one record alone is larger."""

CLOSE_S = 3.0
"""How long what is in flight may take when the gateway ends [s]."""

OPTIONS: dict[str, Any] = {
    # The broker then knows a batch that it has already, so that one whose answer was lost can be
    # sent again until there is an answer.
    "enable_idempotence": True,
    "request_timeout_ms": REQUEST_S * 1000,
    "max_batch_size": BATCH_BYTES,
}


class Producers:
    """Has one producer at a time.

    A batch that a producer gives up leaves a gap in the numbers by which the broker knows its
    batches: from then on the broker refuses all that it sends to that partition. It is retired,
    and closed once no other partition waits for it any more.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._opened: dict[AIOKafkaProducer, AsyncExitStack] = {}
        self._lent: Counter[AIOKafkaProducer] = Counter()
        self._now: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def current(self) -> AIOKafkaProducer:
        """Return the producer to write with.

        Raises
        ------
        Unreachable
            There is none, and no broker answers.
        """
        async with self._lock:
            if self._now is None:
                async with AsyncExitStack() as opening:
                    opened = clients.producer(self._kafka, **OPTIONS)
                    producer = await opening.enter_async_context(opened)
                    _never_give_up(producer)
                    for topic in TOPICS:
                        await producer.partitions_for(topics.name(topic, self._kafka))
                    self._opened[producer] = opening.pop_all()
                self._now = producer
            return self._now

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[AIOKafkaProducer]:
        """Give the producer to write one batch with; raises what ``current`` does."""
        producer = await self.current()
        self._lent[producer] += 1
        try:
            yield producer
        finally:
            self._lent[producer] -= 1
            if producer is not self._now and not self._lent[producer]:
                await self._close(producer)

    def retire(self, producer: AIOKafkaProducer) -> None:
        """Write with another one from now on."""
        if self._now is producer:
            self._now = None

    async def close(self) -> None:
        """Close all, waiting a moment for what is in flight; a broker that is away never takes it.

        Who waits for that gets no answer, and may send it again.
        """
        for producer in list(self._opened):
            await self._close(producer)

    async def _close(self, producer: AIOKafkaProducer) -> None:
        self._lent.pop(producer, None)
        if (opened := self._opened.pop(producer, None)) is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(opened.aclose(), CLOSE_S)


def _never_give_up(producer: AIOKafkaProducer) -> None:
    """Let a batch wait for its partition's leader for as long as it takes.

    By itself aiokafka fails a batch of a certain age whose partition has no leader just then, as
    after a broker's restart, even one that it has sent before and that stands in the log. It has
    no setting for it.
    """
    accumulator = producer._message_accumulator
    if not hasattr(accumulator, "_batch_ttl"):
        msg = "aiokafka: the age at which it gives a batch up is kept elsewhere in this version"
        raise RuntimeError(msg)
    accumulator._batch_ttl = math.inf
