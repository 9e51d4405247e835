"""Notices at once when no broker is there any more, and when one is again."""

import asyncio
import contextlib
from collections.abc import Callable

from services import clients
from services.addresses import addresses

AGAIN_S = 0.25
"""How long after a refused connection the next one is tried [s]."""


class Watch:
    """Keeps an idle connection to each broker, which the system ends when the broker ends.

    A client of Kafka notices the same, but tells nobody: it tries again until somebody answers.

    Parameters
    ----------
    on_away
        Called with the reason once none of them takes a connection.
    """

    def __init__(self, servers: str, on_away: Callable[[str], None]) -> None:
        self._refusals: dict[tuple[str, int], str | None] = {}
        self._on_away = on_away
        self._tasks = [asyncio.create_task(self._keep(*at)) for at in addresses(servers)]

    @property
    def away(self) -> str | None:
        """Why no broker is there, or None while one is, or while that is not known yet."""
        told = list(self._refusals.values())
        if len(told) < len(self._tasks) or None in told:
            return None
        return ", ".join(dict.fromkeys(filter(None, told)))

    async def close(self) -> None:
        """Let the connections go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, host: str, port: int) -> None:
        while True:
            # Told apart from a connection that a broker ends for having been idle: then it takes
            # the next one.
            self._found((host, port), await clients.accepts(host, port))
            if self._refusals[host, port] is None:
                begun = asyncio.get_running_loop().time()
                await _until_ended(host, port)
                if asyncio.get_running_loop().time() - begun > AGAIN_S:
                    continue
            await asyncio.sleep(AGAIN_S)

    def _found(self, at: tuple[str, int], refusal: str | None) -> None:
        before = self.away
        self._refusals[at] = refusal
        if before is None and self.away is not None:
            self._on_away(self.away)


async def _until_ended(host: str, port: int) -> None:
    """Hold a connection until the other side ends it."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            while await reader.read(1024):
                pass
        finally:
            writer.close()
