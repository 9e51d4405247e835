"""A worker that is held up for longer than its session undoes nothing when it goes on."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from rich.console import Console

from schemas.incident import IncidentReport
from schemas.topics import INCIDENTS, OBSERVATIONS
from services import clients, records, topics
from services.local.environment import inherited
from services.local.process import child
from services.log import reader
from services.settings import Settings, Worker
from services.truth import command, group
from tests.builders import event, report

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIMES = int(os.environ.get("FOREWARN_TEST_HELD_UP", "1"))
"""How often a worker is held up."""

SESSION_S = 6.0
"""After how long the broker gives a silent worker's partitions to another [s]."""

PLACES = ((39.94, 69.56), (40.03, 70.55), (39.86, 70.84), (39.5, 69.9))


async def test_a_worker_that_was_held_up_undoes_nothing(settings: Settings) -> None:
    settings = settings.model_copy(update={"worker": Worker(group=settings.worker.group)})
    dice = Random(7)
    async with AsyncExitStack() as started:
        await topics.ensure(settings.kafka)
        command_line = [sys.executable, "-m", "services.cli", "worker"]
        workers = []
        for number in range(2):
            log = settings.data_dir / f"worker{number}.log"
            running = child(command_line, log, inherited(settings))
            workers.append(await started.enter_async_context(running))
        await _members(settings, 2)
        publishing = asyncio.create_task(_publish(settings, dice))
        for _ in range(TIMES):
            await asyncio.sleep(dice.uniform(1, 3))
            held = dice.choice(workers)
            held.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(SESSION_S + 4)
            finally:
                held.send_signal(signal.SIGCONT)
            await _members(settings, 2)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await _all_done(settings)
    verdict = await command.verify(settings, Console(file=sys.stderr))
    assert verdict.first is None, verdict.differences
    assert verdict.records[OBSERVATIONS.name] > 100


async def _publish(settings: Settings, dice: Random) -> None:
    """Publish reports until cancelled, some of them revised and retracted later."""
    async with clients.producer(settings.kafka) as producer:
        number = 0
        while True:
            number += 1
            now = datetime.now(UTC).replace(microsecond=0)
            told: IncidentReport = report(
                incident_id=f"I-{number % 400}",
                revision=number // 400 + 1,
                status="reported" if number < 400 else "confirmed",
                where=dice.choice(PLACES),
                start=now - timedelta(hours=dice.randint(1, 200)),
            )
            record = records.incident(event(told, now))
            await producer.send_and_wait(
                topics.name(INCIDENTS, settings.kafka), record.value, record.key,
                headers=list(record.headers),
            )  # fmt: skip
            await asyncio.sleep(0.002)


async def _members(settings: Settings, count: int) -> None:
    async with asyncio.timeout(90):
        while len(await group.assigned(settings.kafka, settings.worker.group)) != count:
            await asyncio.sleep(0.3)


async def _all_done(settings: Settings) -> None:
    """Wait until the workers have committed all that there is, and nothing more comes of it."""
    async with asyncio.timeout(120), reader(settings.kafka) as log:
        while True:
            done = await group.committed(settings.kafka, settings.worker.group)
            ends = {topic.name: await log.ends(topic) for topic in (INCIDENTS, OBSERVATIONS)}
            if all(
                done.get(name, {}).get(partition, 0) >= end
                for name, found in ends.items()
                for partition, end in found.items()
            ):
                return
            await asyncio.sleep(0.5)
