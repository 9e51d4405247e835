"""Pieces that pages are written with: headings, facts, moments, the service's own words."""

from datetime import datetime

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from services.console.local_time import LocalTime
from services.console.words import Words


def heading(text: str, level: int = 2) -> None:
    """Write a heading."""
    ui.label(text).props(f"role=heading aria-level={level}")


def service_words(words: Words, text: str, kind: str = "") -> None:
    """Write what the service itself has published, which is in English whoever reads it."""
    label = ui.label(text).classes(kind)
    if words.language != "en":
        label.props("lang=en")


def fact(name: str, value: str) -> None:
    """Write a name and its value, within a list of such."""
    TextElement(tag="dt", text=name)
    TextElement(tag="dd", text=value)


def timed(words: Words, name: str, at: datetime) -> None:
    """Write a name and a moment, within a list of such."""
    TextElement(tag="dt", text=name)
    with ui.element("dd"):
        LocalTime(words, at)
