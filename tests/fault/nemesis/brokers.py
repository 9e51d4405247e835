"""Nodes of the cluster are stopped, killed and lost, and what they lead goes to others."""

import asyncio
import json
import signal
from random import Random

from schemas.topics import TOPICS
from services import topics
from services.local import kafka
from services.local.process import said_by
from tests.fault.cluster import java
from tests.fault.system import System


async def stop(system: System, dice: Random) -> None:
    """Stop one node in order, and start it again."""
    await system.cluster.lose([dice.choice(system.cluster.nodes)], signal.SIGTERM, 1)


async def kill(system: System, dice: Random) -> None:
    """Kill one node, and start it again after some seconds."""
    node = dice.choice(system.cluster.nodes)
    await system.cluster.lose([node], signal.SIGKILL, dice.uniform(1, 6))


async def kill_all(system: System, dice: Random) -> None:
    """Kill all nodes at once: what is acknowledged is on every disk."""
    await system.cluster.lose(system.cluster.nodes, signal.SIGKILL, dice.uniform(0, 3))


async def kill_with_gateway(system: System, dice: Random) -> None:
    """Kill the gateway and a node at the same instant, with requests in hand."""
    node = dice.choice(system.cluster.nodes)
    await asyncio.gather(
        system.gateway.end(), system.cluster.lose([node], signal.SIGKILL, dice.uniform(0, 2))
    )


async def move_leaders(system: System, dice: Random) -> None:
    """Give the lead of every partition to another node."""
    libraries = await kafka.libraries(lambda _: None)
    numbers = [node.number for node in system.cluster.nodes]
    names = [topics.name(topic, system.settings.kafka) for topic in TOPICS]
    places = [
        {"topic": name, "partition": n, "replicas": dice.sample(numbers, len(numbers))}
        for name in names
        for n in range(system.settings.kafka.partitions)
    ]
    file = system.settings.data_dir / "leaders.json"
    file.write_text(json.dumps({"version": 1, "partitions": places}))
    at = f"--bootstrap-server={system.cluster.direct}"
    for command in (
        ("reassign.ReassignPartitionsCommand", f"--reassignment-json-file={file}", "--execute"),
        ("LeaderElectionCommand", "--election-type=preferred", f"--path-to-json-file={file}"),
    ):
        name, *arguments = command
        start = java(libraries, "-Xmx128m")
        code, said = await said_by([*start, f"org.apache.kafka.tools.{name}", at, *arguments])
        assert code == 0, said
