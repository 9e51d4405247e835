"""What only the log itself can tell of the alerts: which log it is, and where it ends."""

import asyncio
from typing import Protocol

from aiokafka.errors import KafkaError

from schemas.topics import ALERTS
from services import clients, topics
from services.gateway.following.position import Position
from services.log import reader
from services.settings import Kafka


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
        self._asked_at = -1.0
        self._end: Position | None = None

    async def end(self) -> Position | None:
        """Return where the topic ends, asked no earlier than now: the log goes on.

        A thousand readers that ask at once share one answer.
        """
        clock = asyncio.get_running_loop().time
        now = clock()
        async with self._asking:
            if self._asked_at < now:
                self._asked_at = clock()
                self._end = await self._ask()
            return self._end

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
