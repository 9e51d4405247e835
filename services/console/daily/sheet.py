"""A table whose cells hold more than text: moments, levels, links."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


@contextmanager
def sheet(name: str, columns: Sequence[str]) -> Iterator[None]:
    """Lay out a table; one wider than its place is scrolled, by the keyboard too.

    Parameters
    ----------
    name
        What it shows, as whoever does not see it is told.
    columns
        Their headings, which a print repeats on each page.
    """
    place = ui.element("div").classes("table-place")
    place.props["role"], place.props["aria-label"], place.props["tabindex"] = "region", name, "0"
    with place, ui.element("table"):
        with ui.element("thead"), ui.element("tr"):
            for column in columns:
                TextElement(tag="th", text=column).props("scope=col")
        yield


def text(content: str) -> TextElement:
    """Write a cell of text."""
    return TextElement(tag="td", text=content)


def cell() -> ui.element:
    """Lay out a cell."""
    return ui.element("td")


def across(columns: int) -> ui.element:
    """Lay out the heading of the rows that follow, as wide as ``columns``."""
    with ui.element("tr"):
        return ui.element("th").props(f"scope=rowgroup colspan={columns}")
