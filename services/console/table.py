"""A plain table of text, links and buttons, of as many rows as there are; sent as one message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from nicegui import ui

from services.console.ages import moment


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell.

    Parameters
    ----------
    link
        Address below the console.
    choice
        What a click on it chooses: it is a button then.
    look
        Name of its style.
    at
        ISO 8601 moment that the text tells; the reader's own time is shown where it is pointed at.
    """

    text: str
    link: str | None = None
    choice: str | None = None
    look: str | None = None
    at: str | None = None


def of_time(at: datetime) -> Cell:
    """Return a cell with a moment."""
    return Cell(moment(at), at=at.isoformat())


class Table(ui.element, component="table.js"):
    """The table.

    Parameters
    ----------
    caption
        What it is a table of.
    head
        Of each column its heading. The first column names the row.
    empty
        What is said where there is no row.
    choose
        Is told what a button chooses.
    """

    def __init__(
        self,
        caption: str,
        head: Sequence[str],
        empty: str,
        choose: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.props["caption"] = caption
        self.props["head"] = list(head)
        self.props["empty"] = empty
        self.props["rows"] = []
        if choose is not None:
            self.on("choose", lambda event: choose(event.args))

    def show(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        told: list[Any] = [[_told(cell) for cell in row] for row in rows]
        if told != self.props["rows"]:
            self.props["rows"] = told


_NAMES = tuple(field.name for field in fields(Cell))


def _told(cell: Cell) -> dict[str, str | None]:
    # Without the copies that ``asdict`` makes, which take most of the time of a long table.
    return {name: getattr(cell, name) for name in _NAMES}
