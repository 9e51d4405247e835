"""The list of alerts, open and over: chosen by state, place, level and time, a page at a time."""

from typing import Annotated

from fastapi import Depends, Request
from nicegui import ui

from schemas.assessment import Level
from services.console.ages import age, moment
from services.console.cards import badge
from services.console.choosing import Chosen, chosen, filters
from services.console.entering import entering
from services.console.frame import page
from services.console.looking import Looking
from services.console.room import Room
from services.ledger.answers import Episode


def add(room: Room) -> None:
    """Add the page."""
    looks = entering(room)

    async def finds(request: Request, at: Annotated[Looking, Depends(looks)]) -> Chosen:
        return await room.read(chosen, room.parts.ledger, at.view, request.query_params)

    @ui.page("/alerts")
    def alerts(
        request: Request,
        at: Annotated[Looking, Depends(looks)],
        found: Annotated[Chosen, Depends(finds)],
    ) -> None:
        words, given = at.words, filters(request.query_params)
        with page(at, "alerts", words("alerts.title")):
            _choice(room, at, given)
            if not found.alerts:
                ui.label(words("alerts.none"))
            with ui.element("ul").classes("history").props('data-section="alerts"'):
                for told in found.alerts:
                    _item(room, at, told)
            with ui.element("nav").props(f'aria-label="{words("alerts.pages")}"').classes("choose"):
                if "cursor" in request.query_params:
                    ui.link(words("alerts.first"), at.view.link("/alerts", **given))
                if found.follows is not None:
                    follows = at.view.link("/alerts", **given, cursor=found.follows)
                    ui.link(words("alerts.next"), follows).props("rel=next")


def _item(room: Room, at: Looking, told: Episode) -> None:
    words, last = at.words, told.transitions[-1]
    worst = Level.worst(*(one.level for one in told.transitions))
    shown = last.level if told.resolved_at is None else worst
    with ui.element("li").classes(f"card edge-{shown.value}"):
        with ui.row().classes("card-head"):
            badge(words, shown)
            ui.link(last.headline, at.view.alert(told.alert_id)).classes("why")
        until = told.resolved_at or at.view.as_of or room.parts.clock()
        lasted = age(words, until - told.opened_at)
        opened = {"place": told.segment_id, "at": moment(told.opened_at), "lasted": lasted}
        ui.label(words("alerts.opened", **opened))
        if told.resolved_at is not None:
            how = words(f"transition.{last.transition.value}")
            state = words("alerts.over", at=moment(told.resolved_at), how=how)
        else:
            state = words("now.acknowledged" if last.acknowledged else "now.unacknowledged")
        ui.label(state).classes("quiet")


def _choice(room: Room, at: Looking, given: dict[str, str]) -> None:
    """Show what the list is chosen by, as the address has it."""
    words, segments = at.words, room.parts.segments.values()
    # One that is not watched may stand in the address: it has no alerts, and is told as chosen.
    of_address = [given["border"]] if "border" in given else []
    borders = sorted({*of_address, *(segment.border_id for segment in segments)})
    named = {level.value: words(f"level.{level.value}") for level in Level if level.rank}
    states = {state: words(f"alerts.{state}") for state in ("open", "ended")}
    with ui.element("search").classes("filters"):
        made = {
            "state": ui.select(states, label=words("alerts.state")),
            "level": ui.select(named, label=words("alerts.level")),
            "border": ui.select(borders, label=words("alerts.border")),
            "segment": ui.input(words("alerts.segment")),
            "since": ui.input(words("alerts.since")),
            "until": ui.input(words("alerts.until")),
        }
        for name, field in made.items():
            field.props(f'outlined dense clearable data-field="{name}"')
            # As it stands in the address: a value that is none of those offered is refused there.
            field.value = given.get(name)

        def apply() -> None:
            query = {name: str(field.value) for name, field in made.items() if field.value}
            ui.navigate.to(at.view.link("/alerts", **query))

        for name in ("segment", "since", "until"):
            made[name].on("keydown.enter", apply)
        ui.button(words("alerts.apply"), on_click=apply).props("no-caps outline")
        if given:
            ui.link(words("alerts.all"), at.view.link("/alerts"))
