"""The page of the present: the map by level, and beside it the open alerts, as they come."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from nicegui import ui

from schemas.assessment import Level
from services.console.board import Board, by_border
from services.console.cards import card
from services.console.entering import entering
from services.console.finding import finding
from services.console.following import follow
from services.console.frame import page
from services.console.freshness import Freshness
from services.console.looking import Looking
from services.console.map.drawn import features
from services.console.map.segment_map import SegmentMap
from services.console.room import Room
from services.ledger.levels import Stands

RECOUNT_S = 60.0
"""How often the ages on the cards are told anew [s]."""


def add(room: Room) -> None:
    """Add the page."""

    @ui.page("/")
    async def now(at: Annotated[Looking, Depends(entering(room))]) -> None:
        shown = await room.board(at.view)
        with page(at, "now", at.words("now.title")):
            present = Present(room, at, shown)
            if at.view.as_of is None:
                present.follow()


class Present:
    """The page's content, kept up to date."""

    def __init__(self, room: Room, at: Looking, shown: Board) -> None:
        self._room, self._words, self._view, self._shown = room, at.words, at.view, shown
        self._may_know = at.caller is not None and at.caller.sees_sources
        self._age = Freshness(room, at)
        with ui.element("div").classes("split"):
            with ui.element("section").classes("wide"):
                drawn = features(room.parts.segments.values(), shown.levels)
                self._map = SegmentMap(at.words, drawn, "/outlines.geojson")
                self._map.on("choose", lambda e: ui.navigate.to(at.view.segment(e.args)))
                finding(at)
            with ui.element("section").classes("narrow"):
                ui.label(at.words("now.feed")).props("role=heading aria-level=2")
                self._feed = ui.element("div").props("aria-live=polite").classes("feed")
        self._tell()

    def follow(self) -> None:
        """Show each alert as it comes, as long as somebody looks."""
        follow(self._room, self._refresh)
        ui.timer(RECOUNT_S, self._tell, immediate=False)

    async def _refresh(self) -> None:
        before = self._shown
        try:
            self._shown = await self._room.board(self._view)
        except Exception as error:
            # What is shown stays, and says that it is old; the next look tries again.
            self._age.tell(self._shown.heard, type(error).__name__)
            return
        if changed := changes(before.levels, self._shown.levels):
            self._map.levels(changed)
        if self._shown.alerts != before.alerts or self._shown.acknowledged != before.acknowledged:
            self._tell()
        else:
            self._age.tell(self._shown.heard)

    def _tell(self) -> None:
        self._age.tell(self._shown.heard)
        self._feed.clear()
        now = self._room.moment(self._view, self._shown.heard)
        with self._feed:
            if not self._shown.alerts:
                ui.label(self._words("now.quiet"))
                ui.label(self._words("now.quiet_help")).classes("quiet")
            for border_id, told in by_border(self._shown.alerts).items():
                ui.label(border_id).props("role=heading aria-level=3").classes("border")
                for one in told:
                    by = self._shown.acknowledged.get(one.alert_id) if self._may_know else None
                    card(self._words, one, now, by, self._map.show, self._view)


def changes(before: Mapping[str, Stands], after: Mapping[str, Stands]) -> dict[str, Level | None]:
    """Return the levels that are others than before, by segment; None: nothing is known now."""
    was = {name: stands.level for name, stands in before.items()}
    now = {name: stands.level for name, stands in after.items()}
    return {name: now.get(name) for name in was | now if now.get(name) is not was.get(name)}
