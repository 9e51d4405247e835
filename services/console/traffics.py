"""The choice of the kind of traffic that a page shows: a link to each."""

from dataclasses import replace

from nicegui import ui

from schemas.incident import Traffic
from services.console.view import View
from services.console.words import Words


class Traffics:
    """The links.

    Parameters
    ----------
    path
        Of the page, below the console.
    """

    def __init__(self, words: Words, view: View, path: str) -> None:
        self._path = path
        self._links: dict[Traffic, ui.link] = {}
        with ui.element("nav").props(f'aria-label="{words("traffic.choose")}"').classes("traffics"):
            ui.label(words("traffic.choose"))
            for kind in Traffic:
                link = ui.link(words(f"traffic.{kind.value}"), "")
                if kind is view.traffic:
                    link.props("aria-current=true")
                self._links[kind] = link
        self.lead(view)

    def lead(self, view: View) -> None:
        """Lead to other traffic of the same moment."""
        for kind, link in self._links.items():
            link.props["href"] = replace(view, traffic=kind).link(self._path)
