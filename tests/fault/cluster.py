"""Apache Kafka of several KRaft nodes on loopback: each behind a link, any can be lost."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from services.clients import accepts
from services.local import kafka
from tests.fault.disk import Disk, disk
from tests.fault.link import Link
from tests.fault.supervised import Supervised
from tests.ports import lasting_port

# What the broker does by default, but for how soon a node that is gone is replaced and a consumer
# group begins: a fault is to be over within seconds, so that many fit into an hour.
_PROPERTIES = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=CLIENTS://127.0.0.1:{port},NODES://127.0.0.1:{nodes},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENTS://127.0.0.1:{link},NODES://127.0.0.1:{nodes}
controller.listener.names=CONTROLLER
inter.broker.listener.name=NODES
listener.security.protocol.map=CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT,NODES:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor={copies}
min.insync.replicas={least}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={least}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={least}
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
message.max.bytes=26214400
replica.fetch.max.bytes=26214400
log.segment.bytes=67108864
num.network.threads=2
num.io.threads=4
"""

DISK_MB = 700
"""Size of a small disk [MB]."""

ANSWERS_S = 120.0
"""How long a node may take until it answers [s]."""


class Node:
    """One node: its process, which is started again when it ends, and the link to it.

    Attributes
    ----------
    folder
        Its data, properties and log.
    disk
        Where its data is, if that can be filled.
    direct
        host:port that only other nodes and the test itself use: no link is in between.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.folder = number, folder
        self._ports = {name: lasting_port() for name in ("port", "nodes", "controller")}
        self.link = Link(self._ports["port"])
        self.direct = f"127.0.0.1:{self._ports['nodes']}"
        self.process: Supervised
        self.disk: Disk | None = None

    @property
    def voter(self) -> str:
        """Return the node as it stands in the list of those that vote."""
        return f"{self.number}@127.0.0.1:{self._ports['controller']}"

    def prepare(self, libraries: Path, nodes: list["Node"]) -> None:
        """Write its properties; ``nodes`` are all of the cluster."""
        self.folder.mkdir(parents=True)
        copies = min(3, len(nodes))
        self.properties.write_text(
            _PROPERTIES.format(
                number=self.number,
                voters=",".join(node.voter for node in nodes),
                link=self.link.port,
                data=self.folder / "data",
                copies=copies,
                least=max(1, copies - 1),
                **self._ports,
            )
        )
        command = kafka.command(libraries, self.properties, "-Xmx320m", "-XX:+UseSerialGC")
        self.process = Supervised(f"broker {self.number}", command, self.folder / "broker.log")

    @property
    def properties(self) -> Path:
        """Return the file of its properties."""
        return self.folder / "server.properties"

    async def answers(self) -> None:
        """Return once it takes connections; whether it leads anything is another question."""
        async with asyncio.timeout(ANSWERS_S):
            while await accepts("127.0.0.1", self._ports["port"]) is not None:
                await asyncio.sleep(0.1)


class Cluster:
    """The nodes, and how clients reach them."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    @property
    def bootstrap(self) -> str:
        """Return where the service reaches it: over the links."""
        return ",".join(f"127.0.0.1:{node.link.port}" for node in self.nodes)

    @property
    def direct(self) -> str:
        """Return where the test itself reaches it, whatever happens to the links."""
        return ",".join(node.direct for node in self.nodes)

    async def lose(self, nodes: list[Node], how: signal.Signals, seconds: float) -> None:
        """End nodes, and start them again after a while."""
        for node in nodes:
            node.process.hold()
        await asyncio.gather(*(node.process.end(how) for node in nodes))
        await asyncio.sleep(seconds)
        for node in nodes:
            node.process.release()
        await asyncio.gather(*(node.answers() for node in nodes))


@asynccontextmanager
async def clustered(folder: Path, count: int, small_disks: bool = False) -> AsyncIterator[Cluster]:
    """Run ``count`` nodes for as long as the context lasts, and yield once all answer."""
    libraries = await kafka.libraries(print)
    nodes = [Node(number, folder / f"broker{number}") for number in range(1, count + 1)]
    cluster = kafka.new_cluster()
    async with AsyncExitStack() as running:
        for node in nodes:
            node.prepare(libraries, nodes)
            if small_disks:
                node.disk = running.enter_context(disk(node.folder / "data", DISK_MB))
        await asyncio.gather(
            *(kafka.prepare(libraries, node.properties, cluster) for node in nodes)
        )
        for node in nodes:
            await running.enter_async_context(node.link.listening())
            await running.enter_async_context(node.process.running())
        await asyncio.gather(*(node.answers() for node in nodes))
        yield Cluster(nodes)
