"""How the cost grows: with the history, the partitions, the workers, and the segments watched."""

import time
from pathlib import Path

import uvloop

from models.engine import Engine
from schemas.topics import INCIDENTS
from services.composition import engine
from services.records import Delivery, moment
from services.risk.handled import changes_of
from services.risk.handlers import Locating
from services.risk.tables import store
from services.running import steadied
from tests.bench import traffic
from tests.bench.cases import whole, workers
from tests.bench.job import Job, Measured, peak_rss_mb
from tests.builders import ref


def through(job: Job) -> Measured:
    """Measure the whole job with so many incidents, partitions and workers."""
    return uvloop.run(whole.whole(job, job.options["workers"]))


def segments(job: Job) -> Measured:
    """Measure how long it takes to locate reports on a map cut into segments of so many km."""
    own = workers.settings(job).model_copy(update={"segment_km": job.options["segment_km"]})
    begun = time.monotonic()
    decisions = engine(own)
    ready = time.monotonic() - begun
    steadied()
    sampled = traffic.sample(traffic.read(Path(job.traffic)), job.records)
    reports = [
        Delivery(ref(n, 0, INCIDENTS.name), s.key, s.value, (), moment(s.at_ms))
        for n, s in enumerate(sampled[: job.options["incidents"]])
    ]
    return Measured(
        values={"incidents_per_s": _located(decisions, reports), "ready_s": ready},
        seen={"incidents": len(reports)},
        rss_mb=peak_rss_mb(),
    )


def _located(decisions: Engine, reports: list[Delivery]) -> float:
    """Return how many reports are located a second, in batches as a worker takes them."""
    handler, table = Locating(decisions), dict[bytes, bytes]()
    begun = time.monotonic()
    for start in range(0, len(reports), 500):
        found = handler.handle(reports[start : start + 500], table)
        store(changes_of(found), table)
    return len(reports) / (time.monotonic() - begun)
