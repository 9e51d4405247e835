"""The open alerts as a list of cards by border; only what has changed is made anew."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from nicegui import ui

from services.console.actions import Actions
from services.console.board import Board, by_border
from services.console.cards import Card, card
from services.console.looking import Looking
from services.console.view import View
from services.ledger.answers import Episode

Key = tuple[object, ...]
"""What tells what an entry of the list shows; of equal keys nothing has changed."""


class Feed:
    """The list.

    Parameters
    ----------
    show
        Shows a segment on the map, by its id.
    actions
        What may be done with an alert from here; None: nothing.
    live
        Whether changes are read out as they come.
    """

    def __init__(
        self, at: Looking, show: Callable[[str], None], actions: Actions | None, *, live: bool
    ) -> None:
        self._words, self._show, self._live = at.words, show, live
        self._actions = actions
        self._may_know = at.caller is not None and at.caller.sees_sources
        self._list = ui.element("div").classes("feed")
        self._list.props(f"aria-live={'polite' if live else 'off'}")
        self._entries: dict[Key, ui.element] = {}
        self._cards: dict[Key, Card] = {}

    def show(self, board: Board, now: datetime, view: View) -> None:
        """Show the alerts of a board, with their ages at ``now``; links keep ``view``."""
        wanted = self._wanted(board)
        for key in self._entries.keys() - wanted.keys():
            self._entries.pop(key).delete()
            self._cards.pop(key, None)
        for place, (key, make) in enumerate(wanted.items()):
            if key not in self._entries:
                with self._list:
                    self._entries[key] = make()
            entry = self._entries[key]
            if self._list.default_slot.children[place] is not entry:
                entry.move(target_index=place)
        self.tell(now, view)

    def tell(self, now: datetime, view: View) -> None:
        """Tell the ages anew; links keep ``view``."""
        for shown in self._cards.values():
            shown.tell(now, view)

    def _wanted(self, board: Board) -> dict[Key, Callable[[], ui.element]]:
        """Return the entries in their order, and how each is made."""
        wanted: dict[Key, Callable[[], ui.element]] = {}
        if not board.alerts:
            wanted["quiet",] = self._quiet
        for border_id, alerts in by_border(board.alerts).items():
            wanted["border", border_id] = partial(self._border, border_id)
            for told in alerts:
                by = board.acknowledged.get(told.alert_id) if self._may_know else None
                # The number of its last transition names all that is known of an alert.
                key = (told.alert_id, len(told.transitions), told.transitions[-1].sequence, by)
                wanted[key] = partial(self._card, key, told, by)
        if board.more:
            wanted["more",] = partial(self._more, len(board.alerts))
        return wanted

    def _card(self, key: Key, told: Episode, by: str | None) -> ui.element:
        self._cards[key] = made = card(self._words, told, by, self._show, self._actions)
        return made.whole

    def _border(self, border_id: str) -> ui.element:
        return ui.label(border_id).props("role=heading aria-level=3").classes("border")

    def _more(self, shown: int) -> ui.element:
        return ui.label(self._words("now.more", n=shown)).classes("quiet")

    def _quiet(self) -> ui.element:
        with ui.element("div") as whole:
            ui.label(self._words("now.quiet"))
            if self._live:
                ui.label(self._words("now.quiet_help")).classes("quiet")
        return whole
