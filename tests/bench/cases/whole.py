"""The whole job: incidents in, alerts out, by one risk worker or two."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import uvloop

from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import clients, topics
from services.log import reader
from services.records import Delivery
from services.risk.fence import Fence
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, changelog
from services.settings import Settings
from services.truth.verify import apply
from tests.bench import feed, traffic
from tests.bench.cases import workers
from tests.bench.feed import Feed, Record
from tests.bench.job import Job, Measured, peak_rss_mb, startup

WARM_UP = 200
"""How many incidents go first, so that every worker is known to work when the time is taken."""

QUIET_S = 3.0
"""How long [s] nothing may come any more until all is taken for done, and then checked."""

PATIENCE_S = 1_500.0

Count = Callable[[Topic], Awaitable[int]]


def one(job: Job) -> Measured:
    """Measure one worker."""
    return uvloop.run(whole(job, 1))


def two(job: Job) -> Measured:
    """Measure two workers, each with half of the partitions."""
    return uvloop.run(whole(job, 2))


async def whole(job: Job, count: int) -> Measured:
    """Measure so many workers on the first incidents of the traffic."""
    own = workers.settings(job)
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)[
        : job.options["incidents"]
    ]
    records = [Record(s.key, s.value, s.at_ms) for s in sampled]
    name = topics.name(INCIDENTS, own.kafka)
    async with (
        workers.running(own, count) as processes,
        workers.ends(own) as ends,
        clients.producer(own.kafka, max_batch_size=feed.BATCH_BYTES) as producer,
    ):
        work = Work(ends, own, processes)
        await Feed(producer, own.kafka.partitions, records[:WARM_UP]).write(name)
        await work.done()
        started, before = work.first, await ends(OBSERVATIONS)
        batches = Feed(producer, own.kafka.partitions, records[WARM_UP:])
        begun = time.monotonic()
        await batches.write(name)
        await work.done()
        took = work.last - begun
        observed = await ends(OBSERVATIONS) - before
        memory = [peak_rss_mb(p.pid) or 0.0 for p in processes]
    seen, logged = await _checked(own, len(records))
    return Measured(
        values={
            "incidents_per_s": (len(records) - WARM_UP) / took,
            "observations_per_s": observed / took,
            "logged_bytes": logged / len(records),
            "kept_bytes": await _kept(own) / len(records),
        },
        seen=seen,
        startup_s=startup(started),
        rss_mb=max(memory),
    )


class Work:
    """Sees when the workers have assessed all that they had to."""

    def __init__(self, ends: Count, own: Settings, processes: list[workers.Process]) -> None:
        self._ends = ends
        self._own = own
        self._processes = processes
        self._assessed = 0
        self.first = 0.0
        self.last = 0.0
        """The times of the first and the last assessment that could be read."""

    async def done(self) -> None:
        """Return once nothing has come for a while and every observation has been assessed."""
        self.last, since = time.monotonic(), self._assessed

        async def quiet() -> bool:
            assessed, now = await self._ends(ASSESSMENTS), time.monotonic()
            if assessed > self._assessed:
                self._assessed, self.last = assessed, now
                self.first = self.first or now
            if assessed == since or now - self.last < QUIET_S:
                return False
            return assessed == await self._ends(OBSERVATIONS)

        await workers.until(quiet, self._own, self._processes, PATIENCE_S)


async def _checked(own: Settings, incidents: int) -> tuple[dict[str, int], int]:
    """Hold what was published against what was written: each incident led to something, once.

    Returns also how many bytes the topics hold, without what Kafka adds to keys and values.

    Raises
    ------
    RuntimeError
        Incidents are missing, were rejected, or an observation was not assessed exactly once.
    """
    observed: set[tuple[int, int]] = set()
    causes: set[tuple[int, int]] = set()
    assessed: list[tuple[int, int]] = []
    counts = dict.fromkeys((INCIDENTS.name, ALERTS.name, REJECTED.name), 0)
    size = 0
    async with reader(own.kafka) as log:
        for topic in (INCIDENTS, OBSERVATIONS, ASSESSMENTS, ALERTS, REJECTED):
            async for batch in log.read(topic, await log.ends(topic)):
                size += sum(map(_size, batch))
                if topic.name in counts:
                    counts[topic.name] += len(batch)
                    continue
                said = [orjson.loads(record.value or b"") for record in batch]
                if topic is OBSERVATIONS:
                    observed.update((r.ref.partition, r.ref.offset) for r in batch)
                    causes.update((s["cause"]["partition"], s["cause"]["offset"]) for s in said)
                else:
                    refs = (s["observation"] for s in said)
                    assessed += [(r["partition"], r["offset"]) for r in refs]
    if len(causes) != incidents or counts[REJECTED.name] or sorted(assessed) != sorted(observed):
        msg = (
            f"{incidents} incidents were written, {len(causes)} led to {len(observed)} "
            f"observations, assessed {len(assessed)} times; {counts[REJECTED.name]} were rejected"
        )
        raise RuntimeError(msg)
    if not counts[ALERTS.name]:
        raise RuntimeError("there was no alert")
    return {"incidents": incidents, "observations": len(observed)}, size


async def _kept(own: Settings) -> int:
    """Return how many bytes the tables hold, keys included."""
    size = 0
    async with reader(own.kafka) as log:
        for name in (INCIDENTS_TABLE, SEGMENTS_TABLE):
            topic, table = changelog(own.worker.group, name), dict[bytes, bytes]()
            fence = Fence()
            async for batch in log.read(topic, await log.ends(topic)):
                apply(batch, table, fence)
            size += sum(len(key) + len(value) for key, value in table.items())
    return size


def _size(record: Delivery) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers
