"""Where everything stands, as a page shows it: the map, its table, and the open alerts."""

from datetime import datetime

from nicegui import ui

from services.console.actions import Actions
from services.console.board import Board, above_normal, changes
from services.console.feed import Feed
from services.console.finding import finding
from services.console.legend import legend
from services.console.looking import Looking
from services.console.looks import look
from services.console.map.segment_map import SegmentMap
from services.console.room import Room
from services.console.table import Cell, Table, of_time
from services.console.view import View
from services.console.words import Words

COLUMNS = ("segment", "level", "escalation", "assessed")
"""The columns of the table, by their names in the catalogue."""


class Overview:
    """What is shown of one board, until another is shown.

    Parameters
    ----------
    now
        The moment that is shown: ages are counted up to it.
    live
        Whether changes are read out as they come, and something may be done about them.
    """

    def __init__(self, room: Room, at: Looking, shown: Board, now: datetime, *, live: bool) -> None:
        self._words = words = at.words
        self._shown, self._view = shown, at.view
        actions = Actions(room, at) if live else None
        with ui.element("div").classes("split"):
            with ui.element("section").classes("wide"):
                levels = {name: stands.level for name, stands in shown.levels.items()}
                self._map = SegmentMap(words, room.lines.address, levels)
                self._map.on("choose", lambda e: ui.navigate.to(self._view.segment(e.args)))
                legend(words)
                finding(at)
                head = [words(f"above.{name}") for name in COLUMNS]
                self._table = Table(words("above.title"), head, words("above.none"))
            with ui.element("section").classes("narrow"):
                ui.label(words("now.feed")).props("role=heading aria-level=2")
                self._feed = Feed(at, self._map.show, actions, live=live)
        self._table.show(rows(words, shown, at.view))
        self._feed.show(shown, now, at.view)

    def show(self, board: Board, now: datetime, view: View) -> None:
        """Show another board; links lead to what ``view`` shows."""
        before, self._shown = self._shown, board
        moved, self._view = view != self._view, view
        if board is before and not moved:
            return
        if changed := changes(before, board):
            self._map.levels(changed)
        self._table.show(rows(self._words, board, view))
        self._feed.show(board, now, view)

    def recount(self, now: datetime) -> None:
        """Tell the ages on the cards anew."""
        self._feed.tell(now, self._view)


def rows(words: Words, shown: Board, view: View) -> list[list[Cell]]:
    """Return the table's rows: every segment above normal, the worst first."""
    return [
        [
            Cell(name, link=view.segment(name)),
            Cell(
                f"{look(at.level).mark} {words(f'level.{at.level.value}')}",
                look=f"level-{at.level.value}",
            ),
            Cell(f"{at.escalation_14d:.1%}"),
            of_time(at.assessed_at),
        ]
        for name, at in above_normal(shown)
    ]
