"""The page of a segment, or of a border as a whole: as it stands, or stood by what was known."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from nicegui import ui

from services import composition
from services.console.entering import entering
from services.console.following import follow
from services.console.frame import page
from services.console.freshness import Freshness
from services.console.looking import Looking
from services.console.map.segment_map import SegmentMap
from services.console.room import Room
from services.console.segment import standing, telling
from services.console.segment.dossier import Asked, Reader
from services.console.segment.place import Place, place_of
from services.console.segment.shown import Shown
from services.console.segment.timeline import entries
from services.console.words import Words
from services.console.writing import fact, heading

DAYS = 90
"""How far back is told unless another period is asked for [days]."""

Part = Callable[[Shown], None]


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    # What is refused before the page is made is told with its own status.
    def found(segment_id: str, _at: Annotated[Looking, Depends(looks)]) -> Place:
        return place_of(room.places, segment_id)

    # Making the page may take three seconds and no more.
    async def read(
        request: Request,
        at: Annotated[Looking, Depends(looks)],
        place: Annotated[Place, Depends(found)],
    ) -> Segment:
        seen = Segment(room, at, place, period(request.query_params.get("days")))
        await seen.read()
        return seen

    @ui.page("/segment/{segment_id}")
    def segment(
        at: Annotated[Looking, Depends(looks)],
        place: Annotated[Place, Depends(found)],
        seen: Annotated[Segment, Depends(read)],
    ) -> None:
        with page(at, None, title(at.words, place)):
            seen.draw()
            if at.view.as_of is None:
                seen.follow()


def period(asked: str | None) -> int:
    """Return how far back is told [days]: what is asked for, where it is one of the choices."""
    return next((days for days in standing.PERIODS if str(days) == asked), DAYS)


def title(words: Words, place: Place) -> str:
    """Return what the page is called."""
    if place.number is None:
        return words("segment.title_border", id=place.place_id)
    return words("segment.title", id=place.place_id)


class Segment:
    """The page's content, kept up to date."""

    def __init__(self, room: Room, at: Looking, place: Place, days: int) -> None:
        self._room, self._at, self._place, self._days = room, at, place, days
        self._sees = at.caller is not None and at.caller.sees_sources
        unseal = room.parts.sealing.unseal
        shown = unseal if self._sees else lambda incident: incident
        asked = Asked(place.place_id, at.view, days, self._sees, shown)
        self._reader = Reader(room.parts.ledger, asked)
        self._parts: list[tuple[ui.element, Callable[[Shown], object], Part]] = []

    async def read(self) -> None:
        """Read what is to be shown."""
        self._board = await self._room.board(self._at.view)
        self._dossier = await self._room.read(self._reader.read, self._moment)

    def draw(self) -> None:
        """Draw all of it."""
        words, place = self._at.words, self._place
        if place.number is None:
            ui.label(words("segment.whole")).classes("quiet")
        else:
            which = words("segment.of_border", border=place.border_id, n=place.number)
            ui.label(which).classes("quiet")
        self._age = Freshness(self._room, self._at)
        # Two rows, so that a narrow screen has what stands now before what led to it.
        with ui.element("div").classes("split"):
            with ui.element("div").classes("stack"):
                told = self._part(
                    lambda s: (s.dossier.assessment, s.dossier.alerts), standing.summary
                )
                told.props("aria-live=polite")
                self._part(lambda s: (s.dossier, s.thresholds), standing.course)
            with ui.element("div").classes("stack"):
                self._draw_map()
                self._part(lambda s: (s.dossier.assessment, s.dossier.step_since), standing.ladder)
        with ui.element("div").classes("split"):
            with ui.element("div").classes("stack"):
                self._part(lambda s: (s.dossier.assessment, s.entries), telling.explanation)
                self._part(lambda s: (s.entries, s.dossier.more), telling.incidents)
            with ui.element("div").classes("stack"):
                self._part(lambda s: s.dossier.alerts, telling.alerts)
                self._part(_levels_beside, standing.neighbours)
                self._draw_facts()
        self._tell(None)

    def follow(self) -> None:
        """Show what changes, as long as somebody looks."""
        follow(self._room, self._refresh)

    def _part(self, of: Callable[[Shown], object], draw: Part) -> ui.element:
        """Add a part that is drawn anew when what it is made ``of`` has changed."""
        place = ui.element("section").classes("part")
        self._parts.append((place, of, draw))
        return place

    async def _refresh(self) -> None:
        before, levels = self._shown, self._board.levels
        try:
            await self.read()
        except Exception as error:
            # What is shown stays, and says that it is old; the next look tries again.
            self._age.tell(self._board.heard, type(error).__name__)
            return
        if self._board.levels != levels:
            self._map.levels({n: stands.level for n, stands in self._board.levels.items()})
        self._tell(before)

    def _tell(self, before: Shown | None) -> None:
        """Draw the parts that are made of something else than before."""
        self._age.tell(self._board.heard)
        if before is not None and self._same(before):
            return
        self._shown = shown = self._seen()
        for place, of, draw in self._parts:
            if before is None or of(before) != of(shown):
                place.clear()
                with place:
                    draw(shown)

    def _same(self, before: Shown) -> bool:
        return self._dossier is before.dossier and self._board.levels is before.levels

    def _seen(self) -> Shown:
        said = self._dossier.assessment
        settings = self._room.parts.settings
        manifest = None if said is None else composition.manifest(settings, said.model_version)[1]
        return Shown(
            self._at, self._place, self._days, self._dossier,
            tuple(entries(self._place.place_id, self._dossier.incidents, said)),
            self._board.levels, self._moment, manifest.thresholds if manifest else {},
            settings.ladder.rules(),
        )  # fmt: skip

    @property
    def _moment(self) -> datetime:
        return self._room.moment(self._at.view, self._board.heard)

    def _draw_map(self) -> None:
        levels = {name: stands.level for name, stands in self._board.levels.items()}
        only = [segment.segment_id for segment in self._place.drawn]
        focus = self._place.place_id if self._place.number is not None else None
        lines = self._room.lines.address
        self._map = SegmentMap(self._at.words, lines, levels, only=only, focus=focus)
        self._map.classes("small-map")
        self._map.on("choose", lambda e: ui.navigate.to(self._at.view.segment(e.args)))

    def _draw_facts(self) -> None:
        """Write what never changes: lengths, and what was agreed of the border."""
        words, place = self._at.words, self._place
        day = self._at.view.as_of.date() if self._at.view.as_of else None
        agreed = self._room.places.delimitation(place.border_id, day)
        with ui.element("section").classes("part"):
            heading(words("fact.title"))
            with ui.element("dl").classes("facts"):
                fact(words("fact.drawn"), words("fact.km", km=place.drawn_km))
                if place.number is not None:
                    fact(words("fact.border_drawn"), words("fact.km", km=place.border_km))
                if agreed is None:
                    fact(words("fact.delimitation"), words("fact.not_known"))
                else:
                    status = words(f"delimitation.{agreed.status.name.lower()}")
                    fact(words("fact.delimitation"), status)
                    fact(words("fact.official"), words("fact.km", km=agreed.official_km))
                    fact(words("fact.delimited"), words("fact.km", km=agreed.delimited_km))
                    fact(words("fact.since"), f"{agreed.valid_from}")
                    fact(words("fact.source"), agreed.source)
            ui.label(words("fact.no_position")).classes("quiet")


def _levels_beside(shown: Shown) -> object:
    """Return the levels of the places beside it."""
    names = (*shown.place.neighbours, shown.place.border_id)
    return [shown.levels[name].level if name in shown.levels else None for name in names]
