"""Connections between the service and the cluster are cut, swallowed and slowed down."""

import asyncio
from random import Random

from tests.fault.system import System


async def cut(system: System, dice: Random) -> None:
    """Reset every connection, some times in a row."""
    for _ in range(dice.randint(1, 4)):
        for node in system.cluster.nodes:
            node.link.cut()
        await asyncio.sleep(dice.uniform(0.1, 1))


async def swallow(system: System, dice: Random) -> None:
    """Let nothing through to one node, and close nothing."""
    node = dice.choice(system.cluster.nodes)
    node.link.hold()
    try:
        await asyncio.sleep(dice.uniform(3, 9))
    finally:
        node.link.release()


async def swallow_all(system: System, dice: Random) -> None:
    """Let nothing through to any node, for longer than a worker's session."""
    for node in system.cluster.nodes:
        node.link.hold()
    try:
        await asyncio.sleep(dice.uniform(5, 10))
    finally:
        for node in system.cluster.nodes:
            node.link.release()


async def delay(system: System, dice: Random) -> None:
    """Hold back each piece for a while."""
    for node in system.cluster.nodes:
        node.link.delay_s = dice.uniform(0.05, 0.4)
    try:
        await asyncio.sleep(dice.uniform(3, 6))
    finally:
        for node in system.cluster.nodes:
            node.link.delay_s = 0.0
