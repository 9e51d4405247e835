"""Forewarn's way to use Faust: a fetch at a time, and a table written once for each key of it."""

from faust.types import StreamT

from services.risk import batches
from services.risk.batches import Batch
from services.risk.transport import SCHEME
from tests.bench.job import Job, Measured
from tests.bench.peers.faust_stock import application, counts, finish, partition, stop, work
from tests.bench.tally import Tally


def count(job: Job) -> Measured:
    """Decode and count each record."""
    app, tally = application(job, SCHEME), Tally(job.records)

    async def agent(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            number, ended = partition(stream), False
            for record in batch:
                ended = tally.add(number, record.value) or ended
            if ended:
                stop()

    app.agent(batches.topic(app, job.incidents))(agent)
    work(app)
    return tally.measured()


def state(job: Job) -> Measured:
    """Decode each record and count it in a table under its key."""
    app, tally = application(job, SCHEME), Tally(job.records)
    table = counts(app, job)

    async def agent(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            number, touched = partition(stream), dict[bytes, int]()
            ended = False
            for record in batch:
                touched[record.key] = touched.get(record.key) or table[record.key]
                touched[record.key] += 1
                ended = tally.add(number, record.value) or ended
            table.update(touched)
            if ended:
                await finish(app, tally)

    app.agent(batches.topic(app, job.segments))(agent)
    work(app)
    return tally.measured()
