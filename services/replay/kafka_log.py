"""The log in Kafka: writes as an upstream system would, and waits for the worker's answers."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import orjson
from aiokafka import TopicPartition

from models.engine import Engine
from schemas.base import RecordRef
from schemas.event import IncidentEvent
from schemas.observation import Tick
from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED
from services import clients, records, topics
from services.faults import Fault
from services.records import Delivery, Outgoing, milliseconds, moment
from services.replay.driver import Outcome
from services.replay.memory_log import outcome
from services.risk.handlers import Locating
from services.settings import Kafka

PATIENCE_S = 60.0
"""How long a worker may take to answer [s] before the replay gives up."""


class WorkerSilent(Fault):
    """The risk worker has not answered in time."""


class KafkaLog:
    """Appends in an order that a replay in process has too.

    Reports and ticks reach ``observations`` by different ways, so the next tick is written only
    when the answers to the last report are there. How many answers to expect is known by asking
    the same handler that the worker runs.
    """

    def __init__(self, engine: Engine, kafka: Kafka) -> None:
        self._kafka = kafka
        self._locating = Locating(engine)
        self._known: dict[bytes, bytes] = {}
        self._seen: dict[tuple[int, int], int] = defaultdict(int)
        self._last: dict[int, int] = {}
        self._assessed: dict[int, int] = defaultdict(lambda: -1)
        self._news = asyncio.Condition()
        self._clients = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect; see ``services.clients`` for what is raised when nobody answers."""
        async with self._clients as opening:
            await self._open(opening)
            self._clients = opening.pop_all()
        self._reading = asyncio.create_task(self._read())
        return self

    async def _open(self, opening: AsyncExitStack) -> None:
        room = REJECTED.max_message_bytes
        producer = clients.producer(self._kafka, max_request_size=room)
        self._producer = await opening.enter_async_context(producer)
        self._consumer = await opening.enter_async_context(clients.consumer(self._kafka))
        self._consumer.assign(
            [
                TopicPartition(topics.name(t, self._kafka), p)
                for t in (OBSERVATIONS, REJECTED, ASSESSMENTS)
                for p in range(self._kafka.partitions)
            ]
        )
        await self._consumer.seek_to_end()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._clients.aclose()

    async def report(self, event: IncidentEvent) -> Outcome:
        """Append a report and wait until the worker has located it."""
        record = records.incident(event)
        ref = await (await self._send(record))
        at = moment(milliseconds(record.at))
        delivery = Delivery(ref, record.key, record.value, record.headers, at)
        (handled,) = self._locating.handle([delivery], self._known)
        handled.store(self._known)
        cause, expected = (ref.partition, ref.offset), len(handled.outgoing)
        await self._until(lambda: self._seen[cause] >= expected, f"locate {event.id!r}")
        del self._seen[cause]
        return outcome(handled.outgoing)

    async def tell(self, due: Iterable[Tick]) -> None:
        """Append ticks; wait for the broker only."""
        # Sent one after the other, acknowledged together: the order stays and the wait is one.
        sent = [await self._send(records.observation(tick)) for tick in due]
        for ref in [await acknowledged for acknowledged in sent]:
            self._last[ref.partition] = max(ref.offset, self._last.get(ref.partition, -1))

    async def settle(self) -> None:
        """Wait until the worker has assessed every observation."""
        await self._until(
            lambda: all(self._assessed[p] >= last for p, last in self._last.items()),
            "assess the last observations",
        )

    async def _send(self, record: Outgoing) -> Awaitable[RecordRef]:
        sent = await self._producer.send(
            topics.name(record.topic, self._kafka),
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            timestamp_ms=milliseconds(record.at),
        )

        async def acknowledged() -> RecordRef:
            at = await sent
            return RecordRef(topic=record.topic.name, partition=at.partition, offset=at.offset)

        return acknowledged()

    async def _read(self) -> None:
        assessments = topics.name(ASSESSMENTS, self._kafka)
        observations = topics.name(OBSERVATIONS, self._kafka)
        async for message in self._consumer:
            content = orjson.loads(message.value)
            async with self._news:
                if message.topic == assessments:
                    ref = content["observation"]
                    self._assessed[ref["partition"]] = max(
                        ref["offset"], self._assessed[ref["partition"]]
                    )
                elif message.topic == observations:
                    self._last[message.partition] = message.offset
                cause = content.get("cause") or content.get("record")
                if cause and cause["topic"] == INCIDENTS.name:
                    self._seen[cause["partition"], cause["offset"]] += 1
                self._news.notify_all()

    async def _until(self, done: Callable[[], bool], what: str) -> None:
        async def wait() -> None:
            async with self._news:
                await self._news.wait_for(done)

        waiting = asyncio.create_task(wait())
        finished, _ = await asyncio.wait(
            {waiting, self._reading}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting in finished:
            return
        waiting.cancel()
        if self._reading in finished:
            await self._reading
        msg = (
            f"no answer from the risk worker within {PATIENCE_S:.0f} s while waiting for it to "
            f"{what}; is one running on {self._kafka.bootstrap_servers} with "
            "FOREWARN_WORKER__CLOCK=log?"
        )
        raise WorkerSilent(msg)
