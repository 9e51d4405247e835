"""The page on which one signs in with an API key, where the gateway asks for one."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import app, ui

from services.console.entering import sign_in
from services.console.frame import SIGN_IN, page
from services.console.looking import DARK, LANGUAGE, SHORTCUTS, anybody
from services.console.room import Room
from services.gateway.problems import Problem

ENTER = "/enter"
"""Where one who has signed in gets the session that is signed in."""

CHOSEN = (LANGUAGE, DARK, SHORTCUTS)
"""What stays of the session before."""


def add(room: Room) -> None:
    """Add the page."""

    @ui.page(SIGN_IN)
    def signing(request: Request, to: str = "/") -> None:
        at, kept = anybody(request), app.storage.user
        words = at.words

        async def enter() -> None:
            chosen = {name: kept[name] for name in CHOSEN if name in kept}
            try:
                await sign_in(room.identify, key.value, chosen)
            except Problem as problem:
                why.set_text(words("login.refused", why=problem.detail))
                return
            key.value = ""
            ticket = room.tickets.issue(request.session["id"], chosen)
            ui.navigate.to(f"{ENTER}?{urlencode({'ticket': ticket, 'to': to})}")

        with page(at, None, words("login.title")), ui.element("div").classes("narrow-form"):
            ui.label(words("login.help"))
            key = ui.input(words("login.key"), password=True)
            key.props("outlined autocomplete=off spellcheck=false").on("keydown.enter", enter)
            ui.button(words("login.enter"), on_click=enter).props("no-caps outline")
            why = ui.label().props("role=alert").classes("why")

    @app.get(ENTER, include_in_schema=False)
    def enters(request: Request, ticket: str = "", to: str = "/") -> RedirectResponse:
        session = room.tickets.redeem(ticket, request.session["id"])
        if session is not None:
            request.session["id"] = session
        root = request.scope.get("root_path", "")
        return RedirectResponse(f"{root}{inside(to)}", 303)


def inside(path: str) -> str:
    """Return a path of the console; what leads elsewhere leads to its first page."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain else "/"
