"""Replays of the traffic: in process, and through Kafka and a worker."""

import asyncio
import time
from pathlib import Path

from schemas.event import IncidentEvent
from schemas.topics import OBSERVATIONS
from services.composition import engine
from services.log import reader
from services.records import Delivery
from services.replay.command import AT_ONCE
from services.replay.driver import drive
from services.replay.kafka_log import KafkaLog
from services.replay.memory_log import MemoryLog
from services.running import steadied
from tests.bench import traffic
from tests.bench.cases import workers
from tests.bench.job import Job, Measured, peak_rss_mb


def memory(job: Job) -> Measured:
    """Replay in this process, with the time between the reports."""
    return asyncio.run(_memory(job))


def kafka(job: Job) -> Measured:
    """Replay through Kafka: each report waits until the worker has located it."""
    return asyncio.run(_kafka(job))


async def _memory(job: Job) -> Measured:
    events, observed = _events(job), 0

    def heard(record: Delivery) -> None:
        nonlocal observed
        observed += record.ref.topic == OBSERVATIONS.name

    log = MemoryLog(engine(workers.settings(job)), job.partitions, heard, AT_ONCE)
    steadied()
    begun = time.monotonic()
    summary = await drive(events, log)
    return _measured(time.monotonic() - begun, summary.reports, observed)


async def _kafka(job: Job) -> Measured:
    events, own = _events(job), workers.settings(job)
    async with workers.running(own), KafkaLog(engine(own), own.kafka) as log:
        begun = time.monotonic()
        summary = await drive(events, log)
        took = time.monotonic() - begun
        async with reader(own.kafka) as topics:
            observed = sum((await topics.ends(OBSERVATIONS)).values())
    return _measured(took, summary.reports, observed)


def _events(job: Job) -> list[IncidentEvent]:
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)
    return [s.event for s in sampled[: job.options["incidents"]]]


def _measured(took: float, reports: int, observed: int) -> Measured:
    return Measured(
        values={"observations_per_s": observed / took, "incidents_per_s": reports / took},
        seen={"incidents": reports, "observations": observed},
        rss_mb=peak_rss_mb(),
    )
