"""A part of a page that is drawn anew only when what it shows has changed."""

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui

T = TypeVar("T")


class Section(Generic[T]):
    """A heading, and below it what ``draw`` makes of a value.

    Parameters
    ----------
    title
        Of the heading at level 2; empty for none.
    name
        By which links and tests find it.
    """

    def __init__(self, name: str, title: str, draw: Callable[[T], None]) -> None:
        self._draw = draw
        self._shown: T | None = None
        with ui.element("section").props(f'data-section="{name}"').classes("part") as whole:
            if title:
                heading = ui.label(title).props("role=heading aria-level=2")
                whole.props(f'aria-labelledby="{heading.html_id}"')
            self._content = ui.element("div")

    def show(self, value: T) -> None:
        """Show a value."""
        if value == self._shown:
            return
        self._shown = value
        self._content.clear()
        with self._content:
            self._draw(value)
