"""The page of the present: the map by level, and beside it the open alerts, as they come."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from nicegui import ui

from services.console.board import Board
from services.console.entering import entering
from services.console.following import follow
from services.console.frame import PATHS, page
from services.console.freshness import Freshness
from services.console.looking import Looking
from services.console.overview import Overview
from services.console.room import Room
from services.console.traffics import Traffics

RECOUNT_S = 60.0
"""How often the ages on the cards are told anew [s]."""


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    # Read before the page is made, which may take three seconds and no more.
    async def stands(at: Annotated[Looking, Depends(looks)]) -> Board:
        return await room.board(at.view)

    @ui.page(PATHS["now"])
    def now(
        at: Annotated[Looking, Depends(looks)], shown: Annotated[Board, Depends(stands)]
    ) -> None:
        with page(at, "now", at.words("now.title")):
            present = Present(room, at, shown)
            if at.view.as_of is None:
                present.follow()


class Present:
    """The page's content, kept up to date."""

    def __init__(self, room: Room, at: Looking, shown: Board) -> None:
        self._room, self._view, self._shown = room, at.view, shown
        self._age = Freshness(room, at)
        Traffics(at.words, at.view, PATHS["now"])
        self._overview = Overview(room, at, shown, self._moment, live=True)
        self._age.tell(shown.heard)

    def follow(self) -> None:
        """Show each alert as it comes, as long as somebody looks."""
        follow(self._room, self._refresh)
        ui.timer(RECOUNT_S, self._recount, immediate=False)

    async def _refresh(self) -> None:
        try:
            self._shown = await self._room.board(self._view)
        except Exception as error:
            # What is shown stays, and says that it is old; the next look tries again.
            self._age.tell(self._shown.heard, type(error).__name__)
            return
        self._overview.show(self._shown, self._moment, self._view)
        self._age.tell(self._shown.heard)

    def _recount(self) -> None:
        self._overview.recount(self._moment)

    @property
    def _moment(self) -> datetime:
        return self._room.moment(self._view, self._shown.heard)
