"""Reads the log beside the service, and notes when each report was first seen to count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from schemas.observation import AssertObservation, RetractObservation
from schemas.topics import OBSERVATIONS
from services.clients import Unreachable
from services.settings import Settings
from services.tail import tail
from tests.fault.judging import Told


class Witness:
    """What of that which was acknowledged has been seen in ``observations``.

    Attributes
    ----------
    seen
        When an incident was first seen to count, or to count no more, by the loop's time [s].
    """

    def __init__(self, told: Told) -> None:
        self.seen: dict[str, float] = {}
        self._told = told

    def note(self, observed: object) -> None:
        """Take in one observation."""
        now = asyncio.get_running_loop().time()
        if isinstance(observed, AssertObservation):
            self.seen.setdefault(observed.effect.incident_id, now)
        elif isinstance(observed, RetractObservation):
            self.seen.setdefault(observed.replaces.incident_id, now)

    def waiting(self, until: float) -> list[str]:
        """Return the incidents that were acknowledged up to a moment and have never been seen."""
        return [
            incident_id
            for (incident_id, _), at in self._told.acknowledged.items()
            if at <= until and incident_id not in self.seen
        ]

    def waits(self) -> list[float]:
        """Return how long each incident waited from its acknowledgement until it counted [s]."""
        return [
            self.seen[incident_id] - at
            for (incident_id, revision), at in self._told.acknowledged.items()
            if revision == 1 and incident_id in self.seen
        ]


@asynccontextmanager
async def witnessing(settings: Settings, told: Told) -> AsyncIterator[Witness]:
    """Watch for as long as the context lasts; ``settings`` reach the cluster without links."""
    found = Witness(told)
    task = asyncio.create_task(_watch(settings, found))
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(settings: Settings, witness: Witness) -> None:
    while True:
        try:
            # All of it again: what has been seen is seen no earlier.
            async with tail(settings.kafka, (OBSERVATIONS,)) as feed:
                async for read in feed:
                    witness.note(read.value)
        except (KafkaError, Unreachable, OSError):
            await asyncio.sleep(0.2)
