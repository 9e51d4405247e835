"""Looks how far each consumer of the log is: the workers' group, and the read model itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, select

from schemas.topics import TOPICS
from services import clients, topics
from services.clients import Unreachable
from services.ledger import tables
from services.ledger.database import AWAY, reading
from services.ledger.store import Place, Store
from services.metrics import table
from services.metrics.meters import family
from services.settings import Kafka
from services.truth.group import READ

LOOK_S = 5.0
"""How often it is looked [s]."""

STALE_S = 30.0
"""How old a look may be before the log counts as silent [s]."""

BEHIND = 10_000
"""How many records the read model may be behind and still be ready for questions."""

LEDGER = "ledger"
"""What the read model is called among the groups."""

log = structlog.get_logger(__name__)

Now = Callable[[], datetime | None]
"""Tells what time it is; None before that is known."""


class Lag(Collector):
    """How many records each group has not done yet, and how old the first of them is."""

    def __init__(self, kafka: Kafka, group: str, engine: Engine, now: Now) -> None:
        self._kafka, self._group, self._engine, self._now = kafka, group, engine, now
        self._found: dict[tuple[str, Place], tuple[int, float]] = {}
        self._looked: float | None = None

    async def watch(self) -> None:
        """Look again and again, as long as it is not cancelled."""
        while True:
            try:
                async with clients.consumer(self._kafka, group_id=self._group) as consumer:
                    while True:
                        self._found = await self._look(consumer)
                        self._looked = time.monotonic()
                        await asyncio.sleep(LOOK_S)
            except (Unreachable, KafkaError, *AWAY) as error:
                log.warning("lag cannot be looked at", why=type(error).__name__)
                await asyncio.sleep(LOOK_S)

    def why_not(self) -> str | None:
        """Tell why the read model is not ready for questions; None: it is."""
        if self._looked is None:
            return "the log has not been looked at yet"
        silent = time.monotonic() - self._looked
        if silent > STALE_S:
            return f"the log or the database has not answered for {silent:.0f} s"
        behind = sum(n for (group, _), (n, _) in self._found.items() if group == LEDGER)
        return f"{behind} records behind" if behind > BEHIND else None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the lag of each group in each partition."""
        found = {(g, t, str(p)): lag for (g, (t, p)), lag in self._found.items()}
        yield family(table.LAG_RECORDS, {labels: float(n) for labels, (n, _) in found.items()})
        yield family(table.LAG_SECONDS, {labels: s for labels, (_, s) in found.items()})

    async def _look(self, consumer: AIOKafkaConsumer) -> dict[tuple[str, Place], tuple[int, float]]:
        places = {
            (topic.name, n): TopicPartition(topics.name(topic, self._kafka), n)
            for topic in TOPICS
            if topic.name in tables.OF_TOPIC
            for n in range(self._kafka.partitions)
        }
        of_workers = {topic.name for topic in READ}
        first = await consumer.beginning_offsets(list(places.values()))
        ends = await consumer.end_offsets(list(places.values()))
        done = {
            (self._group, place): await consumer.committed(tp) or 0
            for place, tp in places.items()
            if place[0] in of_workers
        }
        written = await asyncio.to_thread(Store(self._engine).offsets)
        done |= {(LEDGER, place): written.get(place, 0) for place in places}
        behind = {}
        for (group, place), at in done.items():
            tp = places[place]
            # Tansu names an end that is too low.
            records = max(0, ends[tp] - max(at, first[tp]))
            age = await asyncio.to_thread(self._age, place, at) if records else 0.0
            behind[group, place] = records, age
        return behind

    def _age(self, place: Place, offset: int) -> float:
        """Return how old the record at an offset is, or at least is [s]."""
        at, now = recorded_at(self._engine, place, offset), self._now()
        return 0.0 if at is None or now is None else max(0.0, (now - at).total_seconds())


def recorded_at(engine: Engine, place: Place, offset: int) -> datetime | None:
    """Return when a record was written; of one that is not here yet, when the last before it was.

    None where nothing of its partition is here.
    """
    topic, partition = place
    said = tables.OF_TOPIC[topic]
    here = select(said.c.recorded_at).where(said.c.partition == partition).limit(1)
    with reading(engine) as connection:
        for query in (
            here.where(said.c.offset >= offset).order_by(said.c.offset),
            here.where(said.c.offset < offset).order_by(said.c.offset.desc()),
        ):
            found: datetime | None = connection.execute(query).scalar()
            if found is not None:
                return found
    return None


@asynccontextmanager
async def watched(lag: Lag) -> AsyncIterator[None]:
    """Look at the lag for as long as the context lasts."""
    task = asyncio.create_task(lag.watch(), name="lag")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
