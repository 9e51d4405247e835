"""Forewarn's way to use Faust: a fetch at a time, and states kept once for each key of it."""

from itertools import pairwise
from typing import Any

import faust
from faust.types import StreamT

from services.risk import batches, fencing
from services.risk.appending import Appender
from services.risk.batches import Batch
from services.risk.changelog import TableStates
from services.risk.transport import SCHEME
from services.running import steadied
from tests.bench.job import Job, Measured
from tests.bench.peers.faust_stock import TABLE, application, finish, partition, raw, stop, work
from tests.bench.tally import Tally


def count(job: Job) -> Measured:
    """Decode and count each record."""
    app, tally = _application(job), Tally(job.records)

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
    """Decode each record and count it in a state under its key."""
    app, tally = _application(job), Tally(job.records)
    table = app.Table(TABLE, partitions=job.partitions, key_type=bytes, value_type=bytes)
    states = TableStates(table, Appender(app))

    async def agent(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            number, touched = partition(stream), dict[bytes, int]()
            ended = False
            for record in batch:
                key = record.key
                touched[key] = touched.get(key) or int(states.get(key, b"0"))
                touched[key] += 1
                ended = tally.add(number, record.value) or ended
            await states.keep(number, {key: b"%d" % n for key, n in touched.items()})
            if ended:
                await finish(app, tally)

    app.agent(batches.topic(app, job.segments))(agent)
    work(app)
    return tally.measured()


def relay(job: Job) -> Measured:
    """Send each record on as it is, from topic to topic, until the process is told to stop."""
    app = _application(job)
    for number, (source, target) in enumerate(pairwise(job.options["topics"])):
        agent = _relaying(raw(app, target))
        app.agent(batches.topic(app, source), name=f"relay-{number}")(agent)
    work(app)
    return Measured({})


def _relaying(target: Any) -> Any:
    async def agent(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            for record in batch:
                await target.send(value=record.value)

    return agent


def _application(job: Job) -> faust.App:
    """Return an application on our transport, in a process prepared as the worker's is."""
    steadied()
    return application(job, SCHEME, store=f"{fencing.SCHEME}://")
