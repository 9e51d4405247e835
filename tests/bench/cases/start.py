"""How long a worker takes to start, and how much memory, with so many segments of state."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from schemas.topics import ASSESSMENTS, INCIDENTS, OBSERVATIONS
from services import clients, topics
from services.composition import engine
from services.replay.memory_log import MemoryLog
from services.risk.tables import SEGMENTS_TABLE, VERSION, changelog
from services.settings import Settings
from services.truth import group
from tests.bench import feed, traffic
from tests.bench.cases import workers
from tests.bench.feed import Feed, Record
from tests.bench.job import Job, Measured, rss_mb

SEEN = 50
"""How many reports the state of each segment has taken in."""

PATIENCE_S = 900.0


def ready(job: Job) -> Measured:
    """Measure until the first report is assessed that came while no worker was there."""
    return asyncio.run(_ready(job))


async def _ready(job: Job) -> Measured:
    own = workers.settings(job)
    probe, entries = await _state(job, own)
    await topics.ensure(own.kafka)
    name = changelog(own.worker.group, SEGMENTS_TABLE)
    await topics.ensure_compacted(own.kafka, name, job.partitions)
    await group.set_state_version(own.kafka, own.worker.group, VERSION)
    async with clients.producer(own.kafka, max_batch_size=feed.BATCH_BYTES) as producer:
        written = Feed(producer, job.partitions, _many(entries, job.options["segments"]))
        await written.write(name)
        await Feed(producer, job.partitions, [probe]).write(topics.name(INCIDENTS, own.kafka))
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


async def _state(job: Job, own: Settings) -> tuple[Record, dict[bytes, bytes]]:
    """Return a report to probe with, and what a worker keeps of one segment after some reports."""
    reports = traffic.read(Path(job.traffic))
    sampled = traffic.sample(reports, job.records)
    (segment, *_), counts = _by_frequency(sampled), 0
    log = MemoryLog(await asyncio.to_thread(engine, own), job.partitions)
    for s in sampled:
        if s.segment == segment and counts < SEEN:
            counts += 1
            await log.report(s.event)
    kept = {k: v for k, v in log.segments.items() if k.startswith(segment)}
    last = sampled[-1]
    return Record(last.key, last.value, last.at_ms), kept


def _by_frequency(sampled: list[traffic.Sampled]) -> list[bytes]:
    counts: dict[bytes, int] = {}
    for s in sampled:
        counts[s.segment] = counts.get(s.segment, 0) + 1
    return sorted(counts, key=lambda segment: (-counts[segment], segment))


def _many(entries: dict[bytes, bytes], count: int) -> Iterator[Record]:
    """Yield one segment's entries again under ``count`` names, as the changelog has them."""
    (segment,) = {key.partition(b"|")[0] for key in entries}
    for number in range(count):
        name = b"BENCH-%06d" % number
        for key, value in entries.items():
            renamed = key.replace(segment, name), value.replace(segment, name)
            yield Record(*renamed, at_ms=0, headers=(), goes_by=name)
