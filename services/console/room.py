"""What the pages of the console work with: the gateway's parts, its feed, the latest board."""

import asyncio

from fastapi import FastAPI

from schemas.incident import Traffic
from services.console.board import Board, board
from services.console.latest import Latest
from services.console.view import View
from services.gateway.following.feed import Feed
from services.gateway.parts import Parts
from services.gateway.who import Identify


class Room:
    """What a page may use of the gateway that serves it."""

    def __init__(self, gateway: FastAPI) -> None:
        self._gateway = gateway
        self._latest = {kind: Latest(lambda: self.parts.ledger, kind) for kind in Traffic}

    async def board(self, view: View) -> Board:
        """Return where everything stands, or stood by what was known then."""
        if view.as_of is None:
            return await self._latest[view.traffic].get()
        return await asyncio.to_thread(board, self.parts.ledger, view.traffic, view.as_of)

    @property
    def parts(self) -> Parts:
        """The parts of the gateway."""
        found: Parts = self._gateway.state.parts
        return found

    @property
    def feed(self) -> Feed:
        """The alerts as they come."""
        found: Feed = self._gateway.state.feed
        return found

    @property
    def identify(self) -> Identify:
        """Tells who looks, as it tells the API's routes who asks."""
        found: Identify = self._gateway.state.identify
        return found
