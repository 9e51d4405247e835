"""Says loudly that a page hears no more of the server: what it shows stays, and is old."""

from nicegui import ui

from services.console.words import Words


class Lost(ui.element, component="lost.js"):
    """Shows itself once the connection is gone, and as long as it is; the page itself looks so."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.props["loud"] = words("connection.lost")
        # Since when, the browser alone knows.
        self.props["what"] = words("connection.what", at="{at}")
        self.props["todo"] = words("connection.todo")
