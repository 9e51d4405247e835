"""A worker of a plain Faust application that counts by key, and dies where it is told to.

Run as ``python -m tests.integration.probe JOB``; every step that it takes is a line on its output.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass

import faust
from faust import Worker
from faust.types import StreamT

from services.ports import free_port
from services.risk import batches
from services.risk.appending import Appender, Row
from services.risk.batches import Batch
from services.risk.changelog import TableStates
from services.risk.transport import SCHEME

SEEN = 524_288
"""Most bytes of one of Kafka's batches."""


@dataclass(frozen=True)
class Job:
    """What a probe does: it reads ``source`` and writes each record's place to ``target``.

    ``records`` is the most of one batch, ``pause`` how long it takes [s]; it dies at the step
    ``die_at`` of its batch number ``die_in``, from 1 on.
    """

    bootstrap: str
    group: str
    source: str
    target: str
    folder: str
    records: int = 1_000
    pause: float = 0.0
    die_at: str = ""
    die_in: int = 0

    def text(self) -> str:
        return json.dumps(asdict(self))


class Steps:
    """Tells each step, and dies at one."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.number = 0

    def tell(self, step: str, batch: Batch) -> None:
        place = (batch[0].partition, batch.first, batch.end)
        line = json.dumps([step, self.number, *place, [r.offset for r in batch]])
        # Faust puts something of its own in the place of standard output.
        os.write(1, line.encode() + b"\n")
        if (step, self.number) == (self._job.die_at, self._job.die_in):
            os.kill(os.getpid(), signal.SIGKILL)


def build(job: Job) -> faust.App:
    """Return the application."""
    batches.RECORDS = job.records
    app = faust.App(
        job.group,
        broker=f"{SCHEME}://{job.bootstrap}",
        store="fenced://",
        datadir=job.folder,
        web_host="127.0.0.1",
        web_port=free_port(),
        topic_partitions=2,
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_session_timeout=2.0,
        broker_rebalance_timeout=4.0,
        broker_heartbeat_interval=0.3,
        broker_commit_interval=0.3,
        key_serializer="raw",
        value_serializer="raw",
    )
    appender, steps = Appender(app), Steps(job)
    table = app.Table("counts", key_type=bytes, value_type=bytes, partitions=2)
    states = TableStates(table, appender)

    async def count(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            steps.number += 1
            steps.tell("taken", batch)
            await asyncio.sleep(job.pause)
            partition = batch[0].partition
            rows: list[Row] = [(r.key, b"%d:%d" % (partition, r.offset), [], None) for r in batch]
            await appender.append(job.target, partition, rows, SEEN)
            steps.tell("published", batch)
            await states.keep(partition, counted(batch, states))
            steps.tell("kept", batch)

    app.agent(batches.topic(app, job.source, partitions=2), name="count")(count)
    return app


def counted(batch: Batch, states: TableStates) -> dict[bytes, bytes | None]:
    """Return the counts after ``batch``; a record that a count has already seen changes nothing."""
    found: dict[bytes, tuple[int, int]] = {}
    for record in batch:
        key = record.key or b"none"
        if key not in found:
            found[key] = json.loads(states.get(key, b"[0, -1]"))
        number, applied = found[key]
        if record.offset > applied:
            found[key] = (number + 1, record.offset)
    return {key: json.dumps(state).encode() for key, state in found.items()}


def main() -> None:
    """Work until SIGTERM, or death."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = build(Job(**json.loads(sys.argv[1])))
    Worker(app, loop=loop, loglevel="WARNING", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
