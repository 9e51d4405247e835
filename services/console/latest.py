"""The board as it stands, read once for all who look at it."""

import asyncio
import time
from collections.abc import Callable

from sqlalchemy import Engine

from schemas.incident import Traffic
from services.console.board import TOPICS, Board, board
from services.ledger.paging import Positions, positions


class Latest:
    """Reads the board when the ledger has moved on since it was read last.

    Parameters
    ----------
    ledger
        Returns the read model: it is open only once the gateway has started.
    """

    def __init__(self, ledger: Callable[[], Engine], traffic: Traffic) -> None:
        self._ledger, self._traffic = ledger, traffic
        self._turn = asyncio.Lock()
        self._looked = float("-inf")
        self._known: tuple[Positions, Board] | None = None

    async def get(self) -> Board:
        """Return the board as it stood when this was asked, or later."""
        asked = time.monotonic()
        async with self._turn:
            # Of all who ask at once, the first one looks for the others.
            if self._known is None or self._looked < asked:
                began = time.monotonic()
                self._known = await asyncio.to_thread(self._look)
                self._looked = began
            return self._known[1]

    def _look(self) -> tuple[Positions, Board]:
        ledger = self._ledger()
        now = positions(ledger, TOPICS)
        if self._known is not None and self._known[0] == now:
            return self._known
        # What is written between the two is read again with the next look.
        return now, board(ledger, self._traffic)
