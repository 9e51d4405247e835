"""How old what a page shows is: a quiet line, and a loud one when that is too long."""

from datetime import datetime, timedelta

from nicegui import ui

from services.console.ages import age, moment
from services.console.looking import Looking
from services.console.room import Room
from services.console.words import Words


class Freshness:
    """The line of a page."""

    def __init__(self, room: Room, at: Looking) -> None:
        self._room, self._words, self._view = room, at.words, at.view
        self._line = ui.label().props("role=status").classes("age")

    def tell(self, heard: datetime | None, trouble: str | None = None) -> None:
        """Say how old it is, or why it could not be read.

        Parameters
        ----------
        heard
            The latest record time of what is shown, if there is any.
        """
        after = self._room.parts.settings.gateway.late_after
        text, late = said_of_age(self._words, heard, self._room.moment(self._view, heard), after)
        if self._room.replays and heard is not None:
            text = self._words("age.replay", at=moment(heard))
        if self._view.as_of is not None:
            text, late = "", False
        if trouble is not None:
            text, late = self._words("state.failed", why=trouble), True
        self._line.set_text(text)
        self._line.classes(add="late" if late else "", remove="" if late else "late")


def said_of_age(
    words: Words, heard: datetime | None, now: datetime, after: timedelta
) -> tuple[str, bool]:
    """Return how old the data is, in words, and whether that is more than ``after``: too old."""
    if heard is None:
        return words("age.never"), False
    silence = now - heard
    late = silence > after
    return words("age.late" if late else "age.fresh", age=age(words, silence)), late
