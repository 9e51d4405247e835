"""The whole service as it runs: real processes on a real cluster and a real database."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from services import topics
from services.local.environment import environment
from services.settings import Gateway, Kafka, Ledger, Metrics, Notifier, Settings, Worker
from services.truth import group
from tests.databases import new_database
from tests.fault.cluster import Cluster, clustered
from tests.fault.desk import KEY, Desk, desk
from tests.fault.postgres import Postgres, postgres
from tests.fault.supervised import Supervised
from tests.ports import lasting_port

STARTS_S = 120.0
"""How long the service may take until it is ready [s]."""

_CONFIG = """
heartbeat_every = "0 seconds"
[receivers.duty]
channels = [{{kind = "webhook", url = "{url}", secrets = ["{key}"], allow_private = true}}]
[[routes]]
receiver = "duty"
group_by = ["border_id", "segment_id"]
group_wait = "0 seconds"
group_interval = "1 second"
repeat_interval = "never"
"""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Machines:
    """What outlives a run of one fault: the cluster and the database server."""

    cluster: Cluster
    postgres: Postgres


@asynccontextmanager
async def machines(folder: Path, nodes: int, *, disks: bool = False) -> AsyncIterator[Machines]:
    """Run a cluster and a database server for as long as the context lasts.

    Parameters
    ----------
    disks
        Whether each has a small disk of its own, that can be filled.

    Raises
    ------
    NoDisk
        This machine does not let us have any.
    """
    async with postgres(disks) as server, clustered(folder, nodes, disks) as cluster:
        yield Machines(cluster, server)


class System:
    """The processes of one run, each started again when it ends, and what they are told.

    Attributes
    ----------
    settings
        Those of the processes; the links are between them and the cluster.
    direct
        The same for the test itself, without the links.
    poisoned
        Places (partition, offset) in ``incidents`` of faulty records that were put there.
    """

    def __init__(self, machines: Machines, settings: Settings, desk: Desk) -> None:
        self.cluster, self.postgres = machines.cluster, machines.postgres
        self.settings, self.desk = settings, desk
        self.poisoned: set[tuple[int, int]] = set()
        kafka = settings.kafka.model_copy(update={"bootstrap_servers": self.cluster.direct})
        self.direct = settings.model_copy(update={"kafka": kafka})
        self.workers = [self.worker(number) for number in range(2)]
        self.ledger = self._process("ledger", ["ledger", "run"])
        self.notifier = self._process("notifier", ["notifier", "run"])
        self.gateway = self._process("gateway", ["gateway", "run"])

    @property
    def processes(self) -> list[Supervised]:
        """Return every process of the service."""
        return [*self.workers, self.ledger, self.notifier, self.gateway]

    @property
    def url(self) -> str:
        """Return where the gateway serves."""
        return f"http://127.0.0.1:{self.settings.gateway.port}"

    def worker(self, number: int) -> Supervised:
        """Return one more worker, which does not run yet."""
        return self._process(f"worker {number}", ["worker"], "tests.fault.worker")

    async def assigned(self, count: int = 2) -> None:
        """Return once so many workers have their partitions."""

        async def are() -> bool:
            kafka, name = self.direct.kafka, self.settings.worker.group
            return len(await group.assigned(kafka, name)) == count

        await self.until(are, f"{count} workers have partitions")

    async def ready(self) -> None:
        """Return once every process does its work."""
        await self.assigned()
        for process in self.processes:
            await self.until(lambda process=process: _answers(process), f"{process.name} is ready")  # type: ignore[misc]

    async def until(
        self,
        true: Callable[[], Awaitable[bool]],
        what: str,
        within: float = STARTS_S,
        every: float = 0.1,
    ) -> None:
        """Wait until something is true.

        Raises
        ------
        AssertionError
            It never was: with the end of every log.
        """
        try:
            async with asyncio.timeout(within):
                while not await true():
                    await asyncio.sleep(every)
        except TimeoutError:
            told = "\n\n".join(process.told() for process in self.processes)
            raise AssertionError(f"within {within:.0f} s not true: {what}\n{told}") from None

    def _process(self, name: str, arguments: list[str], module: str = "services.cli") -> Supervised:
        metrics = self.settings.model_copy(update={"metrics": Metrics(port=lasting_port())})
        env = os.environ | environment(metrics)
        log = self.settings.data_dir / f"{name.replace(' ', '')}.log"
        return Supervised(name, [sys.executable, "-m", module, *arguments], log, env)


async def _answers(process: Supervised) -> bool:
    port = (process.env or {})["FOREWARN_METRICS__PORT"]
    async with httpx.AsyncClient(timeout=5) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.TransportError:
            return False
    return answer.status_code == 200


@asynccontextmanager
async def system(
    machines: Machines, folder: Path, borders: tuple[str, ...] | None = ("KGZ-TJK",)
) -> AsyncIterator[System]:
    """Run the service on topics and databases of its own, and yield once it is ready."""
    name = f"f{next(_numbers)}"
    folder.mkdir(parents=True)
    nodes = len(machines.cluster.nodes)
    async with desk() as told, AsyncExitStack() as running:
        (folder / "notifier.toml").write_text(_CONFIG.format(url=told.url, key=KEY))
        urls = {
            process: SecretStr(
                new_database(machines.postgres.url, f"{name}{process}").render_as_string(
                    hide_password=False
                )
            )
            for process in ("ledger", "notifier", "gateway")
        }
        settings = Settings(
            kafka=Kafka(
                bootstrap_servers=machines.cluster.bootstrap,
                topic_prefix=f"{name}.",
                replication_factor=min(3, nodes),
            ),
            worker=Worker(group=f"{name}-risk"),
            ledger=Ledger(url=urls["ledger"]),
            notifier=Notifier(config=folder / "notifier.toml", url=urls["notifier"]),
            gateway=Gateway(url=urls["gateway"], port=lasting_port(), rate=10_000, burst=10_000),
            borders=borders,
            data_dir=folder,
        )
        found = System(machines, settings, told)
        await topics.ensure(found.direct.kafka)
        for process in found.processes:
            await running.enter_async_context(process.running())
        await found.ready()
        yield found
