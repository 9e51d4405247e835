"""What every page has: navigation, language, theme, how old the data is, and its one heading."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from nicegui import app, ui

from services.console.looks import LEVELS, NO_DATA
from services.console.words import LANGUAGES, Words, preferred

PATHS = {"now": "/", "alerts": "/alerts", "machine": "/machine"}
"""Where the pages of the navigation are, by their names in the catalogue."""

STYLE = files("services.console").joinpath("style.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Looking:
    """How the one who looks wants it: the language, and which traffic."""

    words: Words
    dark: bool | None


def looking(accepted: str | None) -> Looking:
    """Return what the one who looks has chosen, or what the browser asks for."""
    kept = app.storage.user
    return Looking(Words(preferred(accepted, kept.get("language"))), kept.get("dark"))


@contextmanager
def page(at: Looking, name: str, title: str) -> Iterator[None]:
    """Lay out a page; what is made within is its content.

    Parameters
    ----------
    name
        Of the entry of the navigation that the page belongs to.
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
                link = ui.link(words(f"nav.{entry}"), path)
                if entry == name:
                    link.props("aria-current=page")
        with ui.row().classes("choices"):
            _language(words)
            _theme(words, theme)
    with ui.element("main").props("id=content") as content:
        ui.label(title).props("role=heading aria-level=1").classes("title")
        yield
    ui.skip_link(words("site.skip"), target=content)


def levels_css() -> str:
    """Return the colours of the levels, for both themes."""
    looks = {**{level.value: at for level, at in LEVELS.items()}, "none": NO_DATA}
    rules = [
        f"{page} .level-{name} {{ color: {colour}; }}\n"
        f"{page} .edge-{name} {{ border-left-color: {colour}; }}\n"
        for name, at in looks.items()
        for page, colour in ((".body--light", at.light), (".body--dark", at.dark))
    ]
    return "".join(rules)


def _language(words: Words) -> None:
    def choose(language: str) -> None:
        app.storage.user["language"] = language
        ui.navigate.reload()

    ui.select(
        LANGUAGES,
        value=words.language,
        label=words("site.language"),
        on_change=lambda e: choose(e.value),
    ).props("dense options-dense")


def _theme(words: Words, theme: ui.dark_mode) -> None:
    def turn() -> None:
        theme.value = not theme.value
        app.storage.user["dark"] = theme.value

    ui.button(icon="contrast", on_click=turn).props(
        f'flat round aria-label="{words("site.theme")}"'
    )
