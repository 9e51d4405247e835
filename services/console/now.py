"""The page of the present: the map by level, and beside it the open alerts, as they come."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends
from nicegui import background_tasks, ui

from schemas.assessment import Level
from services import borders
from services.console.ages import age, moment
from services.console.board import Board, by_border
from services.console.cards import card
from services.console.entering import entering
from services.console.frame import page
from services.console.looking import Looking
from services.console.map.segment_map import SegmentMap
from services.console.room import Room
from services.console.words import Words
from services.ledger.levels import Stands

LOOK_S = 1.0
"""How often it is looked for what no alert tells of: levels, and that the worker is there [s]."""

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
        self._replays = room.parts.settings.worker.clock == "log"
        self._may_know = at.caller is not None and at.caller.sees_sources
        self._age = ui.label().props("role=status").classes("age")
        with ui.element("div").classes("split"):
            with ui.element("section").classes("wide"):
                self._map = SegmentMap(at.words, _features(room, shown), "outlines.geojson")
            with ui.element("section").classes("narrow"):
                ui.label(at.words("now.feed")).props("role=heading aria-level=2")
                self._feed = ui.element("div").props("aria-live=polite").classes("feed")
        self._tell()

    def follow(self) -> None:
        """Show each alert as it comes, as long as somebody looks."""
        task = background_tasks.create(self._follow(), name="console now")
        ui.context.client.on_delete(task.cancel)
        ui.timer(RECOUNT_S, self._tell, immediate=False)

    async def _follow(self) -> None:
        with self._room.feed.waiter() as woken:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), LOOK_S)
                woken.clear()
                await self._refresh()

    async def _refresh(self) -> None:
        before = self._shown
        try:
            self._shown = await self._room.board(self._view)
        except Exception as error:
            # What is shown stays, and says that it is old; the next look tries again.
            self._tell_age(f"{type(error).__name__}")
            return
        if changed := changes(before.levels, self._shown.levels):
            self._map.levels(changed)
        if self._shown.alerts != before.alerts or self._shown.acknowledged != before.acknowledged:
            self._tell()
        else:
            self._tell_age()

    def _tell(self) -> None:
        self._tell_age()
        self._feed.clear()
        now = self._now()
        with self._feed:
            if not self._shown.alerts:
                ui.label(self._words("now.quiet"))
                ui.label(self._words("now.quiet_help")).classes("quiet")
            for border_id, told in by_border(self._shown.alerts).items():
                ui.label(border_id).props("role=heading aria-level=3").classes("border")
                for one in told:
                    by = self._shown.acknowledged.get(one.alert_id) if self._may_know else None
                    card(self._words, one, now, by, self._map.show)

    def _now(self) -> datetime:
        """Return the moment that is shown; of a replay, that of its log."""
        if self._view.as_of is not None:
            return self._view.as_of
        if self._replays and self._shown.heard is not None:
            return self._shown.heard
        return self._room.parts.clock()

    def _tell_age(self, trouble: str | None = None) -> None:
        after = self._room.parts.settings.gateway.late_after
        text, late = said_of_age(self._words, self._shown.heard, self._now(), after)
        if self._replays and self._shown.heard is not None:
            text = self._words("age.replay", at=moment(self._shown.heard))
        if self._view.as_of is not None:
            text, late = "", False
        if trouble is not None:
            text, late = self._words("state.failed", why=trouble), True
        self._age.set_text(text)
        self._age.classes(add="late" if late else "", remove="" if late else "late")


def said_of_age(
    words: Words, heard: datetime | None, now: datetime, after: timedelta
) -> tuple[str, bool]:
    """Return how old the data is, in words, and whether that is more than ``after``: too old."""
    if heard is None:
        return words("age.never"), False
    silence = now - heard
    late = silence > after
    return words("age.late" if late else "age.fresh", age=age(words, silence)), late


def changes(before: Mapping[str, Stands], after: Mapping[str, Stands]) -> dict[str, Level | None]:
    """Return the levels that are others than before, by segment; None: nothing is known now."""
    was = {name: stands.level for name, stands in before.items()}
    now = {name: stands.level for name, stands in after.items()}
    return {name: now.get(name) for name in was | now if now.get(name) is not was.get(name)}


def _features(room: Room, shown: Board) -> list[dict[str, Any]]:
    """Return the segments to draw, each with its level."""
    drawn: list[dict[str, Any]]
    drawn = borders.as_geojson(tuple(room.parts.segments.values()))["features"]
    for feature in drawn:
        stands = shown.levels.get(feature["id"])
        feature["properties"] = {"level": stands.level.value if stands else None}
    return drawn
