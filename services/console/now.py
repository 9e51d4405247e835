"""The page of the present: the map by level, and beside it the open alerts, as they come."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from nicegui import background_tasks, ui

from schemas.incident import Traffic
from services import borders
from services.console.ages import age
from services.console.board import Board, board, by_border
from services.console.cards import card
from services.console.frame import Looking, looking, page
from services.console.map.segment_map import SegmentMap
from services.console.room import Room, accepted
from services.console.words import Words

LATE = timedelta(minutes=5)
"""For how long nothing may be heard, heartbeats included, before the page says so aloud."""

LOOK_S = 5.0
"""How often the age of the data is told anew [s]."""


def add(room: Room) -> None:
    """Add the page."""

    @ui.page("/")
    async def now(request: Request) -> None:
        at = looking(accepted(request))
        shown = await room.read(board, Traffic.ACTUAL)
        with page(at, "now", at.words("now.title")):
            Present(room, at, shown).follow()


class Present:
    """The page's content, kept up to date."""

    def __init__(self, room: Room, at: Looking, shown: Board) -> None:
        self._room, self._words, self._shown = room, at.words, shown
        self._age = ui.label().props("role=status").classes("age")
        with ui.element("div").classes("split"):
            with ui.element("section").classes("wide"):
                self._map = SegmentMap(at.words, _features(room, shown), "outlines.geojson")
                self._map.on("choose", lambda e: ui.navigate.to(f"/segment/{e.args}"))
            with ui.element("section").classes("narrow"):
                ui.label(at.words("now.feed")).props("role=heading aria-level=2")
                self._feed = ui.element("div").props("aria-live=polite").classes("feed")
        self._tell()

    def follow(self) -> None:
        """Show each alert as it comes, as long as somebody looks."""
        task = background_tasks.create(self._follow(), name="console now")
        ui.context.client.on_delete(task.cancel)
        ui.timer(LOOK_S, self._tell_age)

    async def _follow(self) -> None:
        with self._room.feed.waiter() as woken:
            while True:
                await woken.wait()
                woken.clear()
                await self._refresh()

    async def _refresh(self) -> None:
        before = self._shown
        self._shown = await self._room.read(board, Traffic.ACTUAL)
        after = self._shown.levels
        changed = {
            name: stands.level
            for name, stands in after.items()
            if name not in before.levels or before.levels[name].level is not stands.level
        }
        self._map.levels(changed)
        self._tell()

    def _tell(self) -> None:
        self._tell_age()
        self._feed.clear()
        now = self._room.parts.clock()
        with self._feed:
            if not self._shown.alerts:
                ui.label(self._words("now.quiet"))
                ui.label(self._words("now.quiet_help")).classes("quiet")
            for border_id, told in by_border(self._shown.alerts).items():
                ui.label(border_id).props("role=heading aria-level=3")
                for one in told:
                    card(self._words, one, now)

    def _tell_age(self) -> None:
        text, late = said_of_age(self._words, self._shown.heard, self._room.parts.clock())
        self._age.set_text(text)
        self._age.classes(add="late" if late else "", remove="" if late else "late")


def said_of_age(words: Words, heard: datetime | None, now: datetime) -> tuple[str, bool]:
    """Return how old the data is, in words, and whether that is too old."""
    if heard is None:
        return words("age.never"), False
    silence = now - heard
    late = silence > LATE
    return words("age.late" if late else "age.fresh", age=age(words, silence)), late


def _features(room: Room, shown: Board) -> list[dict[str, Any]]:
    """Return the segments to draw, each with its level."""
    drawn = borders.as_geojson(tuple(room.parts.segments.values()))["features"]
    for feature in drawn:
        stands = shown.levels.get(feature["id"])
        feature["properties"] = {"level": stands.level.value if stands else None}
    return drawn
