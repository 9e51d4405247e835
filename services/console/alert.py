"""The page of one alert: what happened, why, who was told, who looks after it, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Path
from nicegui import ui

from schemas.alert import Alert
from schemas.assessment import CauseIncident
from schemas.command import SilenceCommand
from schemas.delivery import Delivery
from services.alerts.words import OnAlert
from services.console import remarks
from services.console.actions import Actions
from services.console.ages import age, moment
from services.console.cards import badge
from services.console.causes import causes
from services.console.entering import entering
from services.console.following import follow
from services.console.frame import page
from services.console.history import cap, history
from services.console.looking import Looking
from services.console.one_alert import TOPICS, Asked, OneAlert, one_alert
from services.console.room import Room
from services.console.sections import Section
from services.console.shortcuts import Shortcuts
from services.console.writing import service_words
from services.gateway import problems
from services.gateway.problems import Problem
from services.ledger.answers import Episode
from services.ledger.database import AWAY
from services.ledger.obeyed import Obeyed
from services.ledger.one_incident import Whole
from services.ledger.paging import Page, Positions, positions

Named = Sequence[CauseIncident]

MORE = 100
"""How many further attempts to deliver are shown at a time."""


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    async def finds(
        alert_id: Annotated[str, Path()], at: Annotated[Looking, Depends(looks)]
    ) -> tuple[Asked, OneAlert]:
        # Found before the page is made, so that one that is not there is answered with 404.
        asked = Asked(alert_id, at.view.as_of, at.caller is not None and at.caller.sees_sources)
        found = await room.read(one_alert, room.parts, asked)
        if found is None:
            raise Problem(problems.NOT_FOUND, at.words("alert.unknown", id=alert_id))
        return asked, found

    @ui.page("/alert/{alert_id:path}")
    def alert(
        at: Annotated[Looking, Depends(looks)],
        known: Annotated[tuple[Asked, OneAlert], Depends(finds)],
    ) -> None:
        asked, found = known
        # An alert is of one kind of traffic, whatever the address says.
        at = replace(at, view=replace(at.view, traffic=found.told.traffic))
        with page(at, "alerts", at.words("alert.title", place=found.told.segment_id)):
            shown = Shown(room, at, asked, found)
            if at.view.as_of is None:
                follow(room, shown.refresh)


class Shown:
    """The page's content, kept up to date."""

    def __init__(self, room: Room, at: Looking, asked: Asked, found: OneAlert) -> None:
        self._room, self._at, self._words = room, at, at.words
        self._asked, self._found = asked, found
        self._known: Positions = {}
        words, view = at.words, at.view
        self._trouble = ui.label().props("role=alert").classes("fault")
        self._head: Section[Episode] = Section("head", "", self._tell_head)
        self._actions = Actions(room, at)
        self._buttons: Section[tuple[bool, bool]] = Section(
            "actions", words("alert.actions"), self._offer
        )
        may = self._actions.refusal is None
        if may:
            self._listen()
        with ui.element("div").classes("halves"):
            with ui.element("div"):
                self._history: Section[Episode] = Section(
                    "history", words("alert.history"), lambda told: history(words, told)
                )
            with ui.element("div"):
                self._causes: Section[tuple[Named, Mapping[str, Whole]]] = Section(
                    "causes", words("alert.causes"), lambda said: causes(words, view, *said)
                )
                self._said: Section[tuple[Sequence[Obeyed], Sequence[Alert]]] = Section(
                    "said", words("alert.said_by"), lambda said: remarks.remarks(words, *said)
                )
                expire = self._actions.expire if may else None
                self._silences: Section[Sequence[SilenceCommand]] = Section(
                    "silences",
                    words("alert.silences"),
                    lambda those: remarks.silences(words, those, expire),
                )
                self._tried: Section[Page[Delivery]] = Section(
                    "deliveries",
                    words("alert.deliveries"),
                    lambda tried: remarks.deliveries(words, tried, self._more),
                )
        self._show()

    async def refresh(self) -> None:
        """Show what has changed."""
        try:
            found, self._known = await self._room.read(self._look)
        except AWAY as error:
            # What is shown stays; the next look tries again.
            self._trouble.set_text(self._words("state.failed", why=type(error).__name__))
            return
        self._trouble.set_text("")
        if found is not None:
            self._found = found
        self._show()

    def _look(self) -> tuple[OneAlert | None, Positions]:
        now = positions(self._room.parts.ledger, TOPICS)
        if now == self._known:
            return None, now
        return one_alert(self._room.parts, self._asked), now

    def _show(self) -> None:
        found = self._found
        last = found.told.transitions[-1]
        self._head.show(found.told)
        self._buttons.show((found.told.resolved_at is None, last.acknowledged))
        self._history.show(found.told)
        self._causes.show((found.causes, found.incidents))
        self._said.show((found.said, found.told.transitions))
        self._silences.show(found.silences)
        self._tried.show(found.tried)

    def _tell_head(self, told: Episode) -> None:
        words, now = self._words, told.transitions[-1]
        with ui.element("div").classes(f"card edge-{now.level.value}"):
            with ui.row().classes("card-head"):
                badge(words, now.level)
                if told.resolved_at is not None:
                    over = words("alert.over", at=moment(told.resolved_at))
                    ui.label(over).classes("why")
                ui.link(told.segment_id, self._at.view.segment(told.segment_id))
                since = words("now.since", at=moment(told.opened_at))
                until = self._at.view.as_of or told.resolved_at or self._room.parts.clock()
                lasted = age(words, until - told.opened_at)
                ui.label(f"{since} ({lasted})").classes("quiet")
            service_words(words, now.headline, "why")
            ui.label(cap(words, now))
            state = [words("now.acknowledged" if now.acknowledged else "now.unacknowledged")]
            if now.silenced_until is not None:
                state.append(words("now.silenced", at=moment(now.silenced_until)))
            ui.label("; ".join(state)).classes("quiet")

    def _offer(self, state: tuple[bool, bool]) -> None:
        words, (is_open, acknowledged) = self._words, state
        if (refusal := self._actions.refusal) is not None:
            ui.label(refusal)
            return
        with ui.row().classes("choose"):
            if is_open:
                kind: OnAlert = "unacknowledge" if acknowledged else "acknowledge"
                self._button(words(f"act.{kind}"), "a", self._acknowledge, main=not acknowledged)
                self._button(words("act.silence"), "s", self._silence)
            self._button(words("act.note"), "n", self._note)
            if is_open:
                self._button(words("act.resolve"), "r", self._resolve)

    def _button(self, text: str, key: str, do: Callable[[], None], *, main: bool = False) -> None:
        button = ui.button(text, color=None if main else "primary", on_click=do)
        button.props(f"no-caps aria-keyshortcuts={key}")
        button.props("unelevated" if main else "outline").classes("go" if main else "")

    def _listen(self) -> None:
        Shortcuts(
            self._words,
            {
                "a": ("keys.acknowledge", self._acknowledge),
                "s": ("act.silence", self._silence),
                "n": ("act.note", self._note),
                "r": ("act.resolve", self._resolve),
            },
        )

    @property
    def _open(self) -> bool:
        return self._found.told.resolved_at is None

    def _acknowledge(self) -> None:
        told = self._found.told
        if self._open:
            seen = told.transitions[-1].acknowledged
            self._actions.on_alert("unacknowledge" if seen else "acknowledge", told)

    def _silence(self) -> None:
        if self._open:
            self._actions.silence(self._found.told)

    def _note(self) -> None:
        self._actions.on_alert("note", self._found.told)

    def _resolve(self) -> None:
        if self._open:
            self._actions.on_alert("resolve", self._found.told)

    async def _more(self) -> None:
        self._asked = replace(self._asked, attempts=self._asked.attempts + MORE)
        self._known = {}
        await self.refresh()
