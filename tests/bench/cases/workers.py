"""Runs risk workers as the service runs them, with settings and folders of a case's own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from schemas.topics import Topic
from services import clients, topics
from services.local.environment import environment
from services.local.process import child, tail_of
from services.settings import Kafka, Settings, Worker
from services.truth import group
from tests.bench.feed import Ends
from tests.bench.job import Job

READY_S = 300.0
"""How long workers may take to begin [s]."""

POLL_S = 0.02
"""How often a topic's end is looked at [s]."""

Process = asyncio.subprocess.Process


def settings(job: Job) -> Settings:
    """Return the settings of the whole world, on topics of this case; a replay tells the time."""
    return Settings(
        kafka=Kafka(
            bootstrap_servers=job.bootstrap,
            partitions=job.options.get("partitions", job.partitions),
            topic_prefix=f"{job.run}.",
        ),
        worker=Worker(clock="log", group=job.run),
        data_dir=Path(job.folder),
        borders=None,
    )


@asynccontextmanager
async def started(own: Settings, count: int = 1) -> AsyncIterator[list[Process]]:
    """Start workers on topics that are there, and stop them in the end."""
    async with AsyncExitStack() as stack:
        processes = []
        for number in range(count):
            log = own.data_dir / f"worker-{number}.log"
            command = [sys.executable, "-m", "services.cli", "worker"]
            worker = child(command, log, os.environ | environment(own))
            processes.append(await stack.enter_async_context(worker))
        yield processes


@asynccontextmanager
async def running(own: Settings, count: int = 1) -> AsyncIterator[list[Process]]:
    """Make the topics, start workers and wait until each has partitions."""
    await topics.ensure(own.kafka)
    async with started(own, count) as processes:

        async def assigned() -> bool:
            return len(await group.assigned(own.kafka, own.worker.group)) >= count

        await until(assigned, own, processes, READY_S, every_s=0.2)
        yield processes


async def until(
    done: Callable[[], Awaitable[bool]],
    own: Settings,
    processes: list[Process],
    patience_s: float,
    every_s: float = POLL_S,
) -> None:
    """Return once ``done`` says so.

    Raises
    ------
    RuntimeError
        A worker has ended, or it takes too long: with the end of the log.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    while not await done():
        dead = [n for n, p in enumerate(processes) if p.returncode is not None]
        if dead or loop.time() > deadline:
            log = own.data_dir / f"worker-{dead[0] if dead else 0}.log"
            raise RuntimeError(f"{'ended' if dead else 'not done in time'}; {tail_of(log)}")
        await asyncio.sleep(every_s)


@asynccontextmanager
async def ends(own: Settings) -> AsyncIterator[Callable[[Topic], Awaitable[int]]]:
    """Give what tells how many records a topic has."""
    async with clients.consumer(own.kafka) as consumer:
        found = Ends(consumer, own.kafka.partitions)

        async def of(topic: Topic) -> int:
            return await found.of(topics.name(topic, own.kafka))

        yield of
