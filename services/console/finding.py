"""A way to a segment's page by its id: what the map gives to a pointer, for a keyboard."""

from nicegui import ui

from services.console.looking import Looking


def finding(at: Looking) -> None:
    """Ask for an id, and lead to its page; one that is not watched is told there."""
    words = at.words

    def go() -> None:
        if wanted := name.value.strip():
            ui.navigate.to(at.view.segment(wanted))

    with ui.row().classes("finding"):
        name = ui.input(words("now.find"), placeholder="KGZ-TJK-050-07")
        name.props("dense outlined spellcheck=false").on("keydown.enter", go)
        ui.button(words("now.go"), on_click=go).props("no-caps outline")
