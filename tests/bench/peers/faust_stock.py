"""Stock Faust as its documentation has it: agents that count, keep a table, pass on.

What speeds it up without changing how it is used is given to it: uvloop, and raw bytes that are
decoded as everybody else does.
"""

import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import faust
import uvloop
from faust import Worker
from faust.types import StreamT

from services.ports import free_port
from tests.bench.job import Job, Measured
from tests.bench.tally import Tally

TABLE = "counts"


def count(job: Job) -> Measured:
    """Decode and count each record."""
    app, tally = application(job), Tally(job.records)

    async def agent(stream: StreamT[bytes]) -> None:
        async for value in stream:
            if tally.add(partition(stream), value):
                stop()

    app.agent(raw(app, job.incidents))(agent)
    work(app)
    return tally.measured()


def state(job: Job) -> Measured:
    """Decode each record and count it in a table under its key."""
    app, tally = application(job), Tally(job.records)
    table = counts(app, job)

    async def agent(stream: StreamT[bytes]) -> None:
        async for key, value in stream.items():
            table[key] += 1
            if tally.add(partition(stream), value):
                await finish(app, tally)

    app.agent(raw(app, job.segments))(agent)
    work(app)
    return tally.measured()


def relay(job: Job) -> Measured:
    """Send each record on as it is, from topic to topic, until the process is told to stop."""
    app = application(job)
    route = [raw(app, topic) for topic in job.options["topics"]]
    for number, (source, target) in enumerate(pairwise(route)):
        app.agent(source, name=f"relay-{number}")(_relaying(target))
    work(app)
    return Measured({})


def _relaying(target: Any) -> Any:
    async def agent(stream: StreamT[bytes]) -> None:
        async for value in stream:
            await target.send(value=value)

    return agent


def application(job: Job, scheme: str = "kafka", **changes: Any) -> faust.App:
    """Return an application with Faust's defaults and state in memory."""
    settings: dict[str, Any] = {
        "broker": f"{scheme}://{job.bootstrap}",
        "datadir": str(Path(job.folder, "faust")),
        "store": "memory://",
        "web_enabled": False,
        # Faust opens a port of its own even when its web server is off.
        "web_port": free_port(),
        "topic_partitions": job.partitions,
        "topic_disable_leader": True,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }
    return faust.App(job.run, **settings | changes)


def counts(app: faust.App, job: Job) -> Any:
    """Return a table of whole numbers, written to its changelog as JSON."""
    return app.Table(TABLE, default=int, partitions=job.partitions, key_type=bytes, value_type=int)


def raw(app: faust.App, topic: str) -> Any:
    """Return a topic whose keys and values come as bytes."""
    return app.topic(topic, key_type=bytes, value_type=bytes)


def partition(stream: StreamT[Any]) -> int:
    """Return the partition of the record that a stream is at."""
    event: Any = stream.current_event
    number: int = event.message.partition
    return number


def work(app: faust.App) -> None:
    """Run a worker until ``stop``, and let it write what it still has to write."""
    loop = uvloop.new_event_loop()
    worker = Worker(app, loop=loop, loglevel="WARNING")
    exiting: Callable[[], None] = worker.execute_from_commandline
    try:
        exiting()
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    sys.stdout.flush()


async def finish(app: faust.App, tally: Tally) -> None:
    """End the worker once the broker has every change of its tables."""
    await app.producer.flush()
    tally.kept()
    stop()


def stop() -> None:
    """End the worker in order."""
    signal.raise_signal(signal.SIGTERM)
