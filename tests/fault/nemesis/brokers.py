"""Nodes of the cluster are stopped, killed and lost, and what they lead goes to others."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import AlterPartitionReassignmentsRequest

from schemas.topics import TOPICS
from services import clients, topics
from tests.fault.system import System

Place = tuple[str, int]
"""A topic's name on the cluster, and a partition."""


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
    """Take every partition from the node that leads it, and give that a copy again."""
    nodes = [node.number for node in system.cluster.nodes]
    async with clients.admin(system.direct.kafka) as admin:
        before = await _leaders(system, admin)

        async def have() -> bool:
            now = await _leaders(system, admin)
            return all(now[place] not in (leader, -1) for place, leader in before.items())

        others = {place: [n for n in nodes if n != leader] for place, leader in before.items()}
        await _reassign(
            admin, {place: dice.sample(left, len(left)) for place, left in others.items()}
        )
        await system.until(have, "every partition has another leader")
        now = await _leaders(system, admin)
        back = {place: [n, *(m for m in nodes if m != n)] for place, n in now.items()}
        await _reassign(admin, back)


async def _leaders(system: System, admin: AIOKafkaAdminClient) -> dict[Place, int]:
    """Return which node leads each partition of the service's topics."""
    names = [topics.name(topic, system.settings.kafka) for topic in TOPICS]
    return {
        (topic["topic"], partition["partition"]): partition["leader"]
        for topic in await admin.describe_topics(names)
        for partition in topic["partitions"]
    }


async def _reassign(admin: AIOKafkaAdminClient, nodes: Mapping[Place, list[int]]) -> None:
    asked: defaultdict[str, list[Any]] = defaultdict(list)
    for (topic, partition), replicas in nodes.items():
        asked[topic].append((partition, replicas, {}))
    moved: list[Any] = [(topic, partitions, {}) for topic, partitions in asked.items()]
    # The client has the request, and no method for it.
    answer = await admin._send_to_controller(AlterPartitionReassignmentsRequest(30_000, moved, {}))
    assert answer.error_code == 0, answer
