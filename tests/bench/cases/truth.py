"""How long it takes to hold a worker's tables against the log, and to make them anew from it."""

import asyncio
import time
from pathlib import Path

from schemas.topics import INCIDENTS, OBSERVATIONS
from services import clients, topics
from services.settings import Settings
from services.terminal import Terminal
from services.truth import command
from tests.bench import feed, traffic
from tests.bench.cases import workers
from tests.bench.cases.whole import Work
from tests.bench.feed import Feed, Record
from tests.bench.job import Job, Measured

MANY = 10_000_000
"""To how many observations the time is extrapolated."""


def verify_and_rebuild(job: Job) -> Measured:
    """Let a worker work and end, then verify, then rebuild."""
    return asyncio.run(_verify_and_rebuild(job))


async def _verify_and_rebuild(job: Job) -> Measured:
    own, screen = workers.settings(job), Terminal(quiet=True)
    observed = await _worked(job, own)
    begun = time.monotonic()
    verdict = await command.verify(own, screen)
    verified = time.monotonic()
    if verdict.first is not None:
        msg = f"the tables differ from the log: {verdict.first}"
        raise RuntimeError(msg)
    await command.remake(own, screen)
    verify, rebuild = verified - begun, time.monotonic() - verified
    return Measured(
        values={
            "verify_per_s": observed / verify,
            "rebuild_per_s": observed / rebuild,
            "verify_10m_h": MANY * verify / observed / 3600,
            "rebuild_10m_h": MANY * rebuild / observed / 3600,
        },
        seen={"observations": observed},
    )


async def _worked(job: Job, own: Settings) -> int:
    """Let a worker handle the incidents and end; return how many observations there are."""
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)
    records = [Record(s.key, s.value, s.at_ms) for s in sampled[: job.options["incidents"]]]
    async with (
        workers.running(own) as processes,
        workers.ends(own) as ends,
        clients.producer(own.kafka, max_batch_size=feed.BATCH_BYTES) as producer,
    ):
        await Feed(producer, job.partitions, records).write(topics.name(INCIDENTS, own.kafka))
        await Work(ends, own, processes).done()
        return await ends(OBSERVATIONS)
