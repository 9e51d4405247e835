"""Topics and probes for one test, and what is in the log once they have worked."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from services import clients
from services.local.process import child
from services.log import ends, reader
from services.risk.fence import Fence
from services.settings import Kafka
from tests.integration.probe import Job

PARTITIONS = 2


@dataclass
class Step:
    """A line of a probe."""

    step: str
    number: int
    partition: int
    first: int
    end: int
    offsets: list[int]


@dataclass
class Probe:
    """A probe that runs, or ran."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def steps(self) -> list[Step]:
        lines = self.log.read_text().splitlines()
        # Before the first one the terminal is told to hide its cursor.
        found = [line[line.index('["') :] for line in lines if '["' in line and line[-1] == "]"]
        return [Step(*json.loads(line)) for line in found]

    def at(self, step: str) -> list[Step]:
        return [s for s in self.steps if s.step == step]


@dataclass
class Lab:
    """One source, one target, one group."""

    kafka: Kafka
    name: str
    folder: Path
    probes: list[Probe] = field(default_factory=list)

    def job(self, **options: Any) -> Job:
        return Job(
            bootstrap=str(self.kafka.bootstrap_servers),
            group=self.name,
            source=f"{self.name}-source",
            target=f"{self.name}-target",
            folder=str(self.folder),
            **options,
        )

    async def make(self) -> None:
        """Create the topics."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        await client.start()
        names = (f"{self.name}-source", f"{self.name}-target")
        await client.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
        await client.close()

    async def fill(self, count: int, **options: Any) -> None:
        """Write ``count`` records to each partition of the source, under 20 keys each."""
        async with clients.producer(self.kafka, linger_ms=5, **options) as producer:
            await asyncio.gather(*[await one for one in self._sent(producer, count)])

    def _sent(self, producer: AIOKafkaProducer, count: int) -> list[Any]:
        return [
            producer.send(f"{self.name}-source", b"v", key=b"%d-%d" % (at, n % 20), partition=at)
            for n in range(count)
            for at in range(PARTITIONS)
        ]

    @asynccontextmanager
    async def probe(self, **options: Any) -> AsyncIterator[Probe]:
        """Run a probe for as long as the context lasts, then stop it as SIGTERM does."""
        log = self.folder / f"probe{len(self.probes)}.log"
        command = (sys.executable, "-m", "tests.integration.probe", self.job(**options).text())
        async with child(command, log) as process:
            self.probes.append(Probe(process, log))
            yield self.probes[-1]

    async def committed(self) -> list[int | None]:
        """Return up to where each partition of the source is done."""
        async with clients.admin(self.kafka) as admin:
            try:
                found = await admin.list_consumer_group_offsets(self.name)
            except GroupCoordinatorNotAvailableError:
                # A new broker has nobody yet who knows of groups.
                return [None] * PARTITIONS
        places = [TopicPartition(f"{self.name}-source", n) for n in range(PARTITIONS)]
        return [found[place].offset if place in found else None for place in places]

    async def ends(self) -> list[int]:
        """Return where each partition of the source ends."""
        async with clients.consumer(self.kafka) as consumer:
            places = [TopicPartition(f"{self.name}-source", n) for n in range(PARTITIONS)]
            found = await ends(consumer, places)
            return [found[place] for place in places]

    async def all_done(self) -> None:
        """Wait until everything is committed, to the end."""
        expected = await self.ends()

        async def done() -> bool:
            return await self.committed() == expected

        await until(done)

    async def published(self) -> list[str]:
        """Return which places were written to the target, each as often as it was."""
        return [r.value.decode() async for r in self._records(f"{self.name}-target")]

    async def counts(self) -> dict[str, int]:
        """Return the counts that the changelog holds."""
        found: dict[str, int] = {}
        fence = Fence()
        async for record in self._records(f"{self.name}-counts-changelog"):
            at = record.ref
            if fence.passes(at.partition, at.offset, record.key, record.headers):
                found[record.key.decode()] = json.loads(record.value)[0]
        return found

    async def _records(self, topic: str) -> AsyncIterator[Any]:
        async with reader(self.kafka) as log:
            async for batch in log.read(topic, await log.ends(topic)):
                for record in batch:
                    yield record


async def until(true: Callable[[], Awaitable[bool]], within: float = 40.0) -> None:
    """Wait until ``true``."""
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(0.1)
