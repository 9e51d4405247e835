"""How long a worker takes to start, and how much memory, with so many segments of state."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from aiokafka import TopicPartition

from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS
from services import clients, topics
from services.composition import engine
from services.records import partition_of
from services.replay.memory_log import MemoryLog
from services.risk.tables import SEGMENTS_TABLE, VERSION, changelog
from services.settings import Settings
from services.truth import group
from tests.bench import feed, traffic
from tests.bench.cases import workers
from tests.bench.feed import Feed, Record
from tests.bench.job import Job, Measured, rss_mb

SEEN = 5
"""How many reports the state of each segment has taken in."""

PATIENCE_S = 600.0


def ready(job: Job) -> Measured:
    """Measure until the first report is assessed that came while no worker was there."""
    return asyncio.run(_ready(job))


async def _ready(job: Job) -> Measured:
    own = workers.settings(job)
    *before, probe = _reports(job)
    entries = await _state(job, own)
    await topics.ensure(own.kafka)
    name = changelog(own.worker.group, SEGMENTS_TABLE)
    await topics.ensure_compacted(own.kafka, name, job.partitions)
    await group.set_state_version(own.kafka, own.worker.group, VERSION)
    async with clients.producer(own.kafka, max_batch_size=feed.BATCH_BYTES) as producer:
        written = Feed(producer, job.partitions, _many(entries, job.options["segments"]))
        await written.write(name)
        incidents = topics.name(INCIDENTS, own.kafka)
        await Feed(producer, job.partitions, before).write(incidents)
        await _committed(own, incidents)
        await Feed(producer, job.partitions, [probe]).write(incidents)
    async with workers.ends(own) as ends:
        begun = time.monotonic()
        async with workers.started(own) as processes:

            async def assessed() -> bool:
                observed = await ends(OBSERVATIONS)
                return 0 < observed == await ends(ASSESSMENTS)

            await workers.until(assessed, own, processes, PATIENCE_S)
            took, memory = time.monotonic() - begun, rss_mb(processes[0].pid)
    return Measured(
        values={"ready_s": took, "memory_mb": memory},
        seen={"entries": sum(written.counts)},
    )


async def _committed(own: Settings, topic: str) -> None:
    """Let the group have read what is there: one that has state has also come somewhere."""
    async with clients.consumer(own.kafka, group_id=own.worker.group) as consumer:
        places = [TopicPartition(topic, p) for p in range(own.kafka.partitions)]
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))


def _reports(job: Job) -> list[Record]:
    """Return a report for each partition that was read before, and one to probe with."""
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)
    first = {partition_of(s.key, job.partitions): s for s in reversed(sampled)}
    chosen = [*first.values(), next(s for s in reversed(sampled) if s not in first.values())]
    return [Record(s.key, s.value, s.at_ms) for s in chosen]


async def _state(job: Job, own: Settings) -> dict[bytes, bytes]:
    """Return what a worker keeps of the busiest segment after its first reports."""
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)
    segment = Counter(s.segment for s in sampled).most_common(1)[0][0]
    log = MemoryLog(await asyncio.to_thread(engine, own), job.partitions)
    for s in islice((s for s in sampled if s.segment == segment), SEEN):
        await log.report(s.event)
    return {k: v for k, v in log.segments.items() if k.partition(b"|")[0] == segment}


def _many(entries: dict[bytes, bytes], count: int) -> Iterator[Record]:
    """Yield one segment's entries again under ``count`` names, as the changelog has them."""
    (segment,) = {key.partition(b"|")[0] for key in entries}
    for number in range(count):
        name = b"BENCH-%06d" % number
        for key, value in entries.items():
            renamed = key.replace(segment, name), value.replace(segment, name)
            yield Record(*renamed, at_ms=0, headers=(), goes_by=name)
