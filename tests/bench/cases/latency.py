"""How long it takes from a report to its alert, at a steady rate that waits for nobody."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.segment import Segment
from schemas.topics import ALERTS, INCIDENTS, OBSERVATIONS
from services import clients, records, topics
from services.local.process import child
from services.records import milliseconds
from services.settings import Kafka
from services.truth import group
from tests.bench import feed
from tests.bench.cases import shelling, workers
from tests.bench.figures import percentile
from tests.bench.job import Job, Measured

WARM_UP = 20
"""How many reports go first, one after the other, and are not counted."""

PATIENCE_S = 30.0
"""How long answers are waited for after the last report [s]."""

Place = tuple[int, int]
Answered = Callable[[str, dict[str, Any], Place], str | None]
"""A topic, a message and where it stands -> the report that it answers, if it does."""


def alerts(job: Job) -> Measured:
    """Measure reports that raise or update an alert, through a risk worker."""
    return uvloop.run(_alerts(job))


def relay(job: Job) -> Measured:
    """Measure the same reports through Faust agents that only send them on."""
    return uvloop.run(_relay(job))


@dataclass(slots=True)
class _Clock:
    """When each report was due to be sent, and when its answer could be read [s]."""

    due: dict[str, float] = field(default_factory=dict)
    read: dict[str, float] = field(default_factory=dict)

    def waiting(self) -> bool:
        """Tell whether answers are outstanding."""
        return len(self.read) < len(self.due)

    def measured(self) -> Measured:
        """Return the quantiles of what was answered; None when not all was."""
        took = [1000 * (at - self.due[name]) for name, at in self.read.items()]
        whole = not self.waiting()
        shares = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999}
        return Measured(
            {name: percentile(took, share) if whole else None for name, share in shares.items()}
            | {"answered": 100 * len(self.read) / len(self.due)}
        )


async def _alerts(job: Job) -> Measured:
    own = workers.settings(job)
    observed: dict[Place, str] = {}

    def answered(topic: str, said: dict[str, Any], at: Place) -> str | None:
        """Follow an alert to its observation, which names the incident."""
        if topic == topics.name(OBSERVATIONS, own.kafka):
            observed[at] = said["effect"]["incident_id"]
            return None
        cause = said["data"]["cause"]
        return observed.get((cause["partition"], cause["offset"]))

    async with workers.running(own):
        return await _measured(job, own.kafka, (OBSERVATIONS.name, ALERTS.name), answered)


async def _relay(job: Job) -> Measured:
    kafka = workers.settings(job).kafka
    hops = [f"hop-{number}" for number in range(1, job.options["hops"] + 1)]
    names = [kafka.topic_prefix + name for name in (INCIDENTS.name, *hops)]
    await feed.create(kafka, *names)
    told = replace(job, run=f"{job.run}-agents", options={"topics": names})
    agents = f"tests.bench.peers.{job.options['peer']}:relay"
    async with _agents(told, kafka, agents):
        return await _measured(job, kafka, (hops[-1],), lambda _topic, said, _at: _incident(said))


def _incident(said: dict[str, Any]) -> str:
    found: str = said["data"]["incident_id"]
    return found


@asynccontextmanager
async def _agents(job: Job, kafka: Kafka, case: str) -> AsyncIterator[None]:
    """Run the agents that pass on, until the end."""
    at, result = Path(job.folder, "agents.json"), Path(job.folder, "agents-result.json")
    job.write(at)
    command = [sys.executable, "-m", "tests.bench.child", case, str(at), str(result)]
    async with child(command, Path(job.folder, "agents.log"), dict(os.environ)):
        async with asyncio.timeout(workers.READY_S):
            while not await group.assigned(kafka, job.run):
                await asyncio.sleep(0.2)
        yield


async def _measured(
    job: Job, kafka: Kafka, answers: tuple[str, ...], answered: Answered
) -> Measured:
    rate, seconds = job.options["rate"], job.options["seconds"]
    places = [
        TopicPartition(kafka.topic_prefix + name, p)
        for name in answers
        for p in range(kafka.partitions)
    ]
    reports = shelling.places()
    async with clients.producer(kafka) as producer, clients.consumer(kafka) as consumer:
        consumer.assign(places)
        for tp in places:
            # Where it reads from is settled before anything is written.
            consumer.seek(tp, (await consumer.end_offsets([tp]))[tp])
        warm, clock = _Clock(), _Clock()
        reading = asyncio.create_task(_read(consumer, answered, warm))
        for report in islice(reports, WARM_UP):
            await _send(producer, kafka, report, warm, time.monotonic())
            await _settled(warm, reading)
            if warm.waiting():
                raise RuntimeError(f"no answer to {report.segment_id} within {PATIENCE_S:.0f} s")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        reading = asyncio.create_task(_read(consumer, answered, clock))
        begun = time.monotonic() + 0.1
        for number, report in enumerate(islice(reports, int(rate * seconds))):
            due = begun + number / rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            await _send(producer, kafka, report, clock, due)
        await _settled(clock, reading)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return clock.measured()


async def _settled(clock: _Clock, reading: "asyncio.Task[None]") -> None:
    """Return once all is answered, or waiting is in vain."""
    deadline = time.monotonic() + PATIENCE_S
    while clock.waiting() and time.monotonic() < deadline:
        if reading.done():
            reading.result()
        await asyncio.sleep(0.005)


async def _read(consumer: AIOKafkaConsumer, answered: Answered, clock: _Clock) -> None:
    unknown: list[tuple[str, dict[str, Any], Place, float]] = []
    async for message in consumer:
        at = time.monotonic()
        place = (message.partition, message.offset)
        unknown.append((message.topic, orjson.loads(message.value), place, at))
        # An alert may be read before the observation that it names: it is looked at again.
        waiting, unknown = unknown, []
        for topic, said, where, when in waiting:
            name = answered(topic, said, where)
            if name in clock.due:
                clock.read.setdefault(name, when)
            elif name is None and topic.endswith(ALERTS.name):
                unknown.append((topic, said, where, when))


async def _send(
    producer: AIOKafkaProducer, kafka: Kafka, segment: Segment, clock: _Clock, due: float
) -> None:
    """Send a report without waiting for it; its latency runs from when it was due."""
    name = f"BENCH-{len(clock.due)}-{due:.6f}"
    record = records.incident(shelling.event(name, segment))
    clock.due[name] = due
    await producer.send(
        topics.name(INCIDENTS, kafka),
        key=record.key,
        value=record.value,
        headers=list(record.headers),
        timestamp_ms=milliseconds(record.at),
    )
