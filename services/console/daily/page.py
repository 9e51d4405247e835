"""The page of the daily situation report: made once for its reader, and made to be printed."""

import asyncio
from datetime import date, datetime
from importlib.resources import files
from typing import Annotated

import structlog
from fastapi import Depends, Request
from nicegui import ui

from services.console.ages import age, moment
from services.console.daily import telling
from services.console.daily.account import Account, accounts
from services.console.daily.day import DAY, FIRST, LAST, Day, asked_day
from services.console.daily.digest import Asked, Digest, digest
from services.console.entering import entering
from services.console.frame import page
from services.console.looking import Looking
from services.console.room import Room
from services.console.writing import fact, timed
from services.gateway.problems import Problem

PATH = "/daily"

STYLE = files("services.console.daily").joinpath("paper.css").read_text(encoding="utf-8")

log = structlog.get_logger(__name__)


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    # What is refused before the page is made is told with its own status.
    def wanted(request: Request, at: Annotated[Looking, Depends(looks)]) -> Asked:
        border = request.query_params.get("border") or None
        if border is not None:
            room.places.border(border)
        return Asked(at.view, asked_day(request.query_params.get("day")), border)

    @ui.page(PATH)
    def daily(
        at: Annotated[Looking, Depends(looks)], asked: Annotated[Asked, Depends(wanted)]
    ) -> None:
        with page(at, "daily", at.words("daily.title")):
            ui.add_css(STYLE)
            Daily(room, at, asked)


class Daily:
    """The page's content: that it is being read, then what was found, or why it was not."""

    def __init__(self, room: Room, at: Looking, asked: Asked) -> None:
        self._room, self._at, self._asked, self._words = room, at, asked, at.words
        with ui.element("div").classes("daily") as self._place:
            ui.label(at.words("daily.reading")).props("role=status")
        # Once the page is there: a day of the whole world may take longer than a browser waits.
        ui.timer(0, self._fill, once=True)

    async def _fill(self) -> None:
        try:
            found, told = await self._room.read(self._read)
            self._place.clear()
            with self._place:
                await self._draw(found, told)
        except Exception as error:
            # What failed stays in the log: it may hold what the one who looks must not see.
            log.error("a daily report failed", exc_info=error)
            self._place.clear()
            with self._place:
                why = self._words("state.failed", why=type(error).__name__)
                ui.label(why).props("role=alert")
                ui.link(self._words("daily.retry"), self._link(self._asked.day))

    def _read(self) -> tuple[Digest | None, list[Account]]:
        places = self._room.places
        border_of = {s.segment_id: s.border_id for s in places.segments.values()}
        border_of |= {border: border for border in places.borders}
        if (wanted := self._asked.border_id) is not None:
            border_of = {place: own for place, own in border_of.items() if own == wanted}

        def now(heard: datetime | None) -> datetime:
            return self._room.moment(self._at.view, heard)

        found = digest(self._room.parts.ledger, self._asked, now, set(border_of))
        told = [] if found is None or not found.day.begun else accounts(found, border_of)
        return found, told

    async def _draw(self, found: Digest | None, told: list[Account]) -> None:
        words = self._words
        if found is None:
            self._choices(self._asked.day or self._room.moment(self._at.view, None).date(), None)
            ui.label(words("daily.never"))
            return
        day = found.day
        self._choices(day.on, day)
        self._running_head(day)
        if not day.begun:
            ui.label(words("daily.not_begun", at=moment(day.until))).props("role=status")
            return
        self._known(found)
        shown = [one for one in told if not one.quiet or self._asked.border_id is not None]
        at = telling.telling(words, day, self._at.view)
        if not shown:
            ui.label(words("daily.quiet"))
        for account in shown:
            telling.border(at, account)
            # A busy border takes half a second, in which nobody else is served.
            await asyncio.sleep(0)
        if found.more_news:
            ui.label(words("daily.more_news", n=found.more_news)).classes("why")
        quiet = [one.border_id for one in told if one not in shown]
        if quiet:
            ui.label(words("daily.quiet_borders", n=len(quiet), ids=", ".join(quiet)))

    def _choices(self, shown: date, day: Day | None) -> None:
        """Let another day or border be chosen, and the report be printed."""
        words = self._words
        everywhere = {"": words("daily.every")}
        borders = everywhere | {border: border for border in sorted(self._room.places.borders)}

        def go() -> None:
            try:
                wanted = asked_day(chosen.value)
            except Problem:
                chosen.error = words("daily.no_day", first=FIRST, last=LAST)
                return
            ui.navigate.to(self._link(wanted, border.value))

        with ui.element("div").classes("daily-choices"):
            with ui.element("nav").props(f'aria-label="{words("daily.days")}"').classes("periods"):
                if shown > FIRST:
                    ui.link(words("daily.previous"), self._link(shown - DAY))
                if shown < LAST and (day is None or day.over):
                    ui.link(words("daily.next"), self._link(shown + DAY))
            chosen = ui.input(words("daily.day"), value=f"{shown}").props(
                "type=date dense outlined"
            )
            chosen.on("keydown.enter", go)
            border = ui.select(
                borders, value=self._asked.border_id or "", label=words("daily.which")
            ).props("dense outlined options-dense")
            ui.button(words("now.go"), on_click=go).props("no-caps outline")
            print_it = ui.button(words("daily.print"), icon="print").props("no-caps outline")
            print_it.on("click", js_handler="() => window.print()")

    def _link(self, day: date | None, border: str | None = None) -> str:
        wanted = {"day": f"{day}" if day else "", "border": self._asked.border_id or ""}
        if border is not None:
            wanted["border"] = border
        return self._at.view.link(PATH, **{name: value for name, value in wanted.items() if value})

    def _known(self, found: Digest) -> None:
        """Write which day it is, by what was known when, and how old the data was then."""
        words, day = self._words, found.day
        edge = day.end if self._at.view.as_of is None and day.over else day.until
        with ui.element("dl").classes("facts"):
            fact(words("daily.day"), words("daily.of_day", day=day.on))
            timed(words, words("daily.known"), edge)
            if found.heard is None:
                fact(words("daily.heard"), words("daily.none"))
            else:
                timed(words, words("daily.heard"), found.heard)
            if found.beat is None:
                fact(words("daily.beat"), words("daily.none"))
            else:
                timed(words, words("daily.beat"), found.beat)
        if not day.over:
            ui.label(words("daily.interim")).classes("why")
        silence = None if found.heard is None else day.last - found.heard
        late = self._room.parts.settings.gateway.late_after
        if silence is not None and silence > late and not self._room.replays:
            ui.label(words("daily.late", age=age(words, silence))).classes("age late")

    def _running_head(self, day: Day) -> None:
        """Let a print repeat on each page what it is, and number the pages."""
        what = f"{self._words('daily.title')} · {day.on}"
        if self._asked.border_id is not None:
            what += f" · {self._asked.border_id}"
        ui.add_css(running_head(what, self._words("daily.sheet", n="{n}", all="{all}")))


def running_head(what: str, sheet: str) -> str:
    """Return the rules of what stands on each page that is printed.

    Parameters
    ----------
    sheet
        How a page is numbered, with ``{n}`` and ``{all}``.
    """
    numbered = _quoted(sheet).replace("{n}", '" counter(page) "')
    numbered = numbered.replace("{all}", '" counter(pages) "')
    return (
        f"@page {{ @top-left {{ content: {_quoted(what)}; font: 8pt sans-serif; }} "
        f"@bottom-right {{ content: {numbered}; font: 8pt sans-serif; }} }}"
    )


def _quoted(text: str) -> str:
    """Return a text as CSS has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
