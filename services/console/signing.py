"""The page on which one signs in with an API key, where the gateway asks for one."""

from fastapi import Request
from nicegui import app, ui

from services.console.entering import sign_in
from services.console.frame import SIGN_IN, page
from services.console.looking import anybody
from services.console.room import Room
from services.gateway.problems import Problem


def add(room: Room) -> None:
    """Add the page."""

    @ui.page(SIGN_IN)
    def signing(request: Request, to: str = "/") -> None:
        at, kept = anybody(request), app.storage.user
        words = at.words

        async def enter() -> None:
            try:
                await sign_in(room.identify, key.value, kept)
            except Problem as problem:
                why.set_text(words("login.refused", why=problem.detail))
                return
            key.value = ""
            ui.navigate.to(inside(to))

        with page(at, None, words("login.title")), ui.element("div").classes("narrow-form"):
            ui.label(words("login.help"))
            key = ui.input(words("login.key"), password=True)
            key.props("outlined autocomplete=off spellcheck=false").on("keydown.enter", enter)
            ui.button(words("login.enter"), on_click=enter).props("no-caps outline")
            why = ui.label().props("role=alert").classes("why")


def inside(path: str) -> str:
    """Return a path of the console; what leads elsewhere leads to its first page."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain else "/"
