"""What every page has: navigation, language, theme, who looks, and its one heading."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from nicegui import app, ui

from schemas.incident import Traffic
from services.console.ages import moment
from services.console.looking import DARK, KEY_ID, LANGUAGE, Looking
from services.console.looks import LEVELS, NO_DATA
from services.console.lost import Lost
from services.console.view import View
from services.console.words import LANGUAGES, Words
from services.gateway import problems
from services.gateway.problems import Problem

PATHS = {
    "now": "/",
    "time": "/time",
    "alerts": "/alerts",
    "daily": "/daily",
    "report": "/report",
    "model": "/model",
}
"""Where the pages of the navigation are, by their names in the catalogue."""

SIGN_IN = "/sign-in"
"""Where one signs in."""

STYLE = files("services.console").joinpath("style.css").read_text(encoding="utf-8")

AGAIN_S = 5.0
"""How often it is found out anew whether the one who looks may look [s]."""


@contextmanager
def page(at: Looking, name: str | None, title: str) -> Iterator[None]:
    """Lay out a page; what is made within is its content.

    Parameters
    ----------
    name
        Of the entry of the navigation that the page belongs to, if any.
    title
        Its heading, and the beginning of the window's title.
    """
    words = at.words
    ui.page_title(f"{title} · {words('site.title')}")
    ui.add_css(STYLE + levels_css())
    ui.query("html").props(f"lang={words.language}")
    theme = ui.dark_mode(at.dark)
    with ui.header().classes("frame"):
        ui.label(words("site.title")).classes("brand")
        with ui.element("nav").props(f'aria-label="{words("site.navigation")}"'):
            for entry, path in PATHS.items():
                link = ui.link(words(f"nav.{entry}"), at.view.link(path))
                if entry == name:
                    link.props("aria-current=page")
        with ui.row().classes("choices"):
            _leaving(at)
            _language(words)
            _theme(words, theme)
    with ui.element("div").classes("content") as content:
        Lost(words)
        _viewed(at)
        ui.label(title).props("role=heading aria-level=1").classes("title")
        yield
    ui.skip_link(words("site.skip"), target=content)
    _still_welcome(at)


def _viewed(at: Looking) -> None:
    """Say what is shown where that is not what happens now."""
    words, view = at.words, at.view
    if view.traffic is not Traffic.ACTUAL:
        kind = words(f"traffic.{view.traffic.value}")
        ui.label(words("view.traffic", kind=kind)).classes("viewed")
    if view.as_of is not None:
        with ui.row().classes("viewed"):
            ui.label(words("view.as_of", at=moment(view.as_of)))
            now = View(traffic=view.traffic)
            ui.link(words("view.now"), now.link(PATHS["now"]))


def levels_css() -> str:
    """Return the colours of the levels, for both themes."""
    looks = {**{level.value: at for level, at in LEVELS.items()}, "none": NO_DATA}
    rules = [
        f"{page} .level-{name} {{ color: {colour}; }}\n"
        f"{page} .edge-{name} {{ border-left-color: {colour}; }}\n"
        for name, at in looks.items()
        for page, colour in ((".body--light", at.light), (".body--dark", at.dark))
    ]
    properties = [
        f".body--{theme} {{ --level-{name}: {getattr(at, theme)}; }}\n"
        for name, at in looks.items()
        for theme in ("light", "dark")
    ]
    return "".join([*rules, *properties])


def _language(words: Words) -> None:
    def choose(language: str) -> None:
        app.storage.user[LANGUAGE] = language
        ui.navigate.reload()

    ui.select(
        LANGUAGES,
        value=words.language,
        label=words("site.language"),
        on_change=lambda e: choose(e.value),
    ).props("dense options-dense")


def _theme(words: Words, theme: ui.dark_mode) -> None:
    async def turn() -> None:
        # Until one is chosen the browser decides, and it alone knows how.
        theme.value = not await ui.run_javascript("Quasar.Dark.isActive")
        app.storage.user[DARK] = theme.value

    ui.button(icon="contrast", on_click=turn).props(
        f'flat round aria-label="{words("site.theme")}"'
    )


def _leaving(at: Looking) -> None:
    """Say who looks, and let them sign out."""
    if not at.signed_in or at.caller is None:
        return

    def leave() -> None:
        app.storage.user.pop(KEY_ID, None)
        ui.navigate.to(SIGN_IN)

    ui.label(at.caller.name)
    ui.button(at.words("login.leave"), on_click=leave).props("flat no-caps dense")


def _still_welcome(at: Looking) -> None:
    """Send away whoever may no longer look while the page is open."""
    again = at.again
    if again is None:
        return

    async def ask() -> None:
        try:
            await again()
        except Problem as problem:
            # While the database of the keys is away, nobody is sent away: it is asked again.
            if problem.kind in (problems.UNAUTHENTICATED, problems.FORBIDDEN):
                ui.navigate.reload()

    ui.timer(AGAIN_S, ask, immediate=False)
