"""What the pages of the console work with: the gateway's parts, its feed, the latest board."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import ParamSpec, TypeVar

from fastapi import FastAPI

from schemas.incident import Traffic
from services.console.board import TOPICS, Board, board
from services.console.latest import Latest
from services.console.map.lines import Lines
from services.console.tickets import Tickets
from services.console.view import View
from services.gateway.asking import shared
from services.gateway.asking.places import Places
from services.gateway.following.feed import Feed
from services.gateway.parts import Parts
from services.gateway.who import Identify
from services.ledger.paging import Known, positions
from services.ledger.timeline import Timeline, timeline

MOST_READING = 3
"""How many pages read at once: Python has four threads more than processors for all that waits,
and who publishes needs one too."""

T = TypeVar("T")
P = ParamSpec("P")


class Room:
    """What a page may use of the gateway that serves it."""

    def __init__(self, gateway: FastAPI) -> None:
        self._gateway = gateway
        self._turns = asyncio.Semaphore(MOST_READING)
        self.tickets = Tickets()
        self._latest = {kind: Latest(lambda: self.parts.ledger, kind) for kind in Traffic}

    async def read(self, work: Callable[P, T], *what: P.args, **how: P.kwargs) -> T:
        """Do what may take a while in a thread, once it is its turn."""
        await self._turns.acquire()
        doing = asyncio.ensure_future(asyncio.to_thread(work, *what, **how))
        # Not before the thread has ended: who goes away leaves it running.
        doing.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(doing)

    async def board(self, view: View) -> Board:
        """Return where everything stands, or stood by what was known then."""
        if view.as_of is None:
            return await self._latest[view.traffic].get()
        return await self.read(board, self.parts.ledger, view.traffic, view.as_of)

    async def timeline(self, traffic: Traffic) -> Timeline | None:
        """Return from when to when there are records, and how alerts came and went meanwhile."""
        return await self.read(self._timeline, traffic)

    def _timeline(self, traffic: Traffic) -> Timeline | None:
        ledger = self.parts.ledger
        return timeline(ledger, traffic, Known(positions(ledger, TOPICS)))

    @cached_property
    def lines(self) -> Lines:
        """The lines of the watched segments, for the map."""
        return Lines(self.parts.segments)

    def moment(self, view: View, heard: datetime | None) -> datetime:
        """Return the moment that a page shows; of a replay, that of its log.

        Parameters
        ----------
        heard
            The latest record time of what is shown, if there is any.
        """
        if view.as_of is not None:
            return view.as_of
        if self.replays and heard is not None:
            return heard
        return self.parts.clock()

    @property
    def replays(self) -> bool:
        """Whether the log's own time is told, and not that of the clock."""
        return self.parts.settings.worker.clock == "log"

    @property
    def parts(self) -> Parts:
        """The parts of the gateway."""
        found: Parts = self._gateway.state.parts
        return found

    @property
    def places(self) -> Places:
        """The watched segments and borders."""
        return shared.places(self._gateway, self.parts)

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
