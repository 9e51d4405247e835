"""What only the log itself can tell of the alerts: which log it is, and where it ends."""

import asyncio
from typing import Protocol

from aiokafka.errors import KafkaError

from schemas.topics import ALERTS
from services import clients, topics
from services.gateway.following.position import Position
from services.log import reader
from services.settings import Kafka

CURRENT_S = 1.0
"""How long an answer counts [s]: a thousand readers may ask at once."""


class AlertLog(Protocol):
    """The topic ``alerts`` of a cluster."""

    @property
    def name(self) -> str:
        """Tells this log from others; empty where it cannot be told."""
        ...

    async def end(self) -> Position | None:
        """Return the position of who has read all of it; None when nobody can tell now."""
        ...


class NoLog:
    """Stands where there is no cluster to ask."""

    name = ""

    async def end(self) -> Position | None:
        """Tell nothing."""
        return None


class KafkaLog:
    """Asks the cluster."""

    def __init__(self, kafka: Kafka, cluster: str) -> None:
        self.name = f"{cluster}/{topics.name(ALERTS, kafka)}"
        self._kafka = kafka
        self._asking = asyncio.Lock()
        self._known: tuple[float, Position | None] = (-CURRENT_S, None)

    async def end(self) -> Position | None:
        """Return where the topic ends, as of a second ago at most."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._known[0] > CURRENT_S:
                self._known = (now, await self._ask())
            return self._known[1]

    async def _ask(self) -> Position | None:
        try:
            async with reader(self._kafka) as found:
                return Position.of(await found.ends(ALERTS))
        except (clients.Unreachable, KafkaError):
            return None


async def opened(kafka: Kafka) -> KafkaLog:
    """Return the log of a cluster.

    Raises
    ------
    Unreachable
        No broker answers.
    """
    async with clients.admin(kafka) as admin:
        told = await admin.describe_cluster()
    return KafkaLog(kafka, str(told.get("cluster_id") or ""))
