"""The page of the past: a slider with which the page of the present shows what was known then."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends
from nicegui import background_tasks, ui

from schemas.assessment import Level
from services.console import timeline
from services.console.ages import age, moment
from services.console.board import Board
from services.console.entering import entering
from services.console.frame import PATHS, page
from services.console.looking import Looking
from services.console.looks import look
from services.console.newest import Newest
from services.console.overview import Overview
from services.console.room import Room
from services.console.table import Cell, Table
from services.console.time_slider import TimeSlider
from services.console.traffics import Traffics
from services.console.view import asked
from services.console.words import Words
from services.gateway.problems import Problem
from services.ledger.timeline import Timeline

FRAME_S = 0.2
"""How often another moment is shown while time is played [s]."""

COLUMNS = 300
"""Into how many parts the plot cuts the time."""

LOOK_AT = ("period", "worst", "most_open", "peak")
"""The columns of the table of what to look at, by their names in the catalogue."""


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    # Read before the page is made, which may take three seconds and no more.
    async def read(at: Annotated[Looking, Depends(looks)]) -> tuple[Course, Board] | None:
        line = await room.timeline(at.view.traffic)
        if line is None:
            return None
        course = await room.read(course_of, line)
        return course, await room.board(replace(at.view, as_of=at.view.as_of or line.last))

    @ui.page(PATHS["time"])
    def past(
        at: Annotated[Looking, Depends(looks)],
        known: Annotated[tuple[Course, Board] | None, Depends(read)],
    ) -> None:
        # The frame leads to what is known now: which past is shown changes while one looks.
        with page(replace(at, view=replace(at.view, as_of=None)), "time", at.words("time.title")):
            if known is None:
                Traffics(at.words, at.view, PATHS["time"])
                ui.label(at.words("time.empty"))
            else:
                course, shown = known
                then = at.view.as_of or course.line.last
                Past(room, replace(at, view=replace(at.view, as_of=then)), course, shown)


@dataclass(frozen=True, slots=True)
class Course:
    """A timeline as the page shows it."""

    line: Timeline
    stretches: Sequence[timeline.Stretch]
    columns: Sequence[tuple[int, Level | None]]
    periods: Sequence[timeline.Period]


def course_of(line: Timeline) -> Course:
    """Return the course of a timeline; of tens of thousands of changes it takes seconds."""
    stretches = timeline.stretches(line.changes)
    return Course(
        line,
        stretches,
        timeline.columns(stretches, line.first, line.last, COLUMNS),
        timeline.periods(stretches, line.first, line.last),
    )


class Past:
    """The page's content.

    Parameters
    ----------
    at
        Its view has the moment that is shown first.
    """

    def __init__(self, room: Room, at: Looking, course: Course, shown: Board) -> None:
        line = course.line
        self._room, self._words, self._view, self._line = room, at.words, at.view, line
        self._stretches = course.stretches
        self._newest = Newest(self._show)
        self._paces, self._pace = timeline.paces(line.first, line.last)
        self._wanted = self._at
        self._began = (0.0, self._at)
        self._playing = ui.timer(FRAME_S, self._advance, active=False)
        self._marker()
        self._traffics = Traffics(at.words, at.view, PATHS["time"])
        self._controls()
        self._slider = TimeSlider(at.words, line, course.columns, self._go, self._toggle)
        self._said = ui.label().props("role=status").classes("age past-status")
        self._overview = Overview(room, at, shown, self._at, live=False)
        self._periods(course)
        task = background_tasks.create(self._newest.run(), name="console past")
        ui.context.client.on_delete(task.cancel)
        self._go(self._at)

    @property
    def _at(self) -> datetime:
        assert self._view.as_of is not None
        return self._view.as_of

    def _marker(self) -> None:
        with ui.row().classes("viewed"):
            ui.label(self._words("time.marker"))
            now = replace(self._view, as_of=None)
            ui.link(self._words("view.now"), now.link(PATHS["now"]))

    def _controls(self) -> None:
        words = self._words
        with ui.element("div").classes("controls"):
            self._button = ui.button(on_click=self._toggle).props("no-caps outline")
            self._tell_playing()
            paces = {pace: words("time.pace", age=age(words, pace)) for pace in self._paces}
            pace = ui.select(paces, value=self._pace, label=words("time.pace_label"))
            pace.props("dense outlined options-dense").on_value_change(
                lambda event: self._hasten(event.value)
            )
            self._before = ui.button(words("time.before"), icon="skip_previous")
            self._after = ui.button(words("time.after"), icon="skip_next")
            for button, which in ((self._before, 0), (self._after, 1)):
                button.props("no-caps flat").on_click(lambda _, which=which: self._leap(which))
            self._typed = ui.input(words("time.typed"), placeholder=moment(self._line.first))
            self._typed.props("dense outlined").on("keydown.enter", self._type)
            ui.button(words("time.go"), on_click=self._type).props("no-caps outline")
        ui.label(words("time.keys")).classes("quiet")

    def _periods(self, course: Course) -> None:
        words = self._words
        head = [words(f"time.{name}") for name in LOOK_AT]
        table = Table(words("time.look"), head, words("time.none"), self._choose)
        table.show(rows(words, course))

    def _go(self, at: datetime) -> None:
        """Show a moment as soon as can be; playing goes on from there."""
        self._began = (time.monotonic(), at)
        self._want(at)

    def _want(self, at: datetime) -> None:
        self._wanted = at
        self._newest.want(at)

    async def _show(self, at: datetime) -> None:
        view = replace(self._view, as_of=at)
        try:
            board = await self._room.board(view)
        except Exception as error:
            # What is shown stays, and says that it is of another moment than was asked for.
            self._stop()
            self._tell(self._words("state.failed", why=type(error).__name__), failed=True)
            return
        self._view = view
        self._overview.show(board, at, view)
        self._traffics.lead(view)
        for button, to in zip(
            (self._before, self._after), timeline.beside(self._stretches, at), strict=True
        ):
            button.set_enabled(to is not None)
        # Nobody is read out each picture of a film, nor what has been overtaken.
        if self._newest.idle and not self._playing.active:
            self._tell(said(self._words, at, board))
        with suppress(TimeoutError):
            await self._slider.shown(at, view.link(PATHS["time"]))

    def _tell(self, text: str, *, failed: bool = False) -> None:
        self._said.set_text(text)
        self._said.classes(add="late" if failed else "", remove="" if failed else "late")

    def _toggle(self) -> None:
        if self._playing.active:
            self._stop()
            # A later moment may be on its way: nobody who stops is led back.
            self._go(self._wanted)
            return
        ended = self._at >= self._line.last
        self._playing.activate()
        self._tell("")
        self._tell_playing()
        self._go(self._line.first if ended else self._at)

    def _stop(self) -> None:
        self._playing.deactivate()
        self._tell_playing()

    def _tell_playing(self) -> None:
        name = "pause" if self._playing.active else "play"
        self._button.set_text(self._words(f"time.{name}"))
        self._button.props(f"icon={'pause' if self._playing.active else 'play_arrow'}")

    def _advance(self) -> None:
        since, start = self._began
        at = (start + self._pace * (time.monotonic() - since)).replace(microsecond=0)
        if at >= self._line.last:
            self._stop()
            self._go(self._line.last)
        elif self._newest.idle:
            self._want(at)

    def _hasten(self, pace: timedelta) -> None:
        self._pace = pace
        self._began = (time.monotonic(), self._at)

    def _leap(self, which: int) -> None:
        to = timeline.beside(self._stretches, self._at)[which]
        if to is not None:
            self._go(to)

    def _choose(self, text: str) -> None:
        self._go(datetime.fromisoformat(text))

    def _type(self) -> None:
        text = self._typed.value
        try:
            found = asked({"as_of": text})
        except Problem:
            self._typed.props(f'error error-message="{self._words("time.no_moment")}"')
            return
        self._typed.props(remove="error error-message")
        if found.as_of is not None:
            self._go(found.as_of)


def said(words: Words, at: datetime, board: Board) -> str:
    """Return in words what was known at a moment."""
    if not board.alerts:
        return words("time.said_none", at=moment(at))
    worst = words(f"level.{board.alerts[0].transitions[-1].level.value}")
    return words("time.said", at=moment(at), n=len(board.alerts), worst=worst)


def rows(words: Words, course: Course) -> list[list[Cell]]:
    """Return the rows of the table of what to look at."""
    line, told = course.line, []
    for period in course.periods:
        worst = period.peak.worst
        name = worst.value if worst else "none"
        told.append(
            [
                Cell(timeline.named(period, line.first, line.last)),
                Cell(f"{look(worst).mark} {words(f'level.{name}')}", look=f"level-{name}"),
                Cell(str(period.most)),
                Cell(moment(period.peak.since), choice=period.peak.since.isoformat()),
            ]
        )
    return told
