"""A moment in UTC, and by the clock of the one who looks, which only their browser knows."""

from datetime import datetime

from nicegui import ui

from services.console.ages import moment
from services.console.words import Words


class LocalTime(ui.element, component="local_time.js"):
    """Tells a moment in both; only in UTC where the two are one.

    Parameters
    ----------
    before, after
        What stands around it in the same sentence.
    """

    def __init__(self, words: Words, at: datetime, before: str = "", after: str = "") -> None:
        super().__init__()
        self.props["before"] = before
        self.props["after"] = after
        self.props["at"] = at.isoformat()
        self.props["utc"] = moment(at)
        self.props["local"] = words("age.local", at="{at}")


_PLACE = "\0"


def sentence(words: Words, name: str, at: datetime, **values: object) -> LocalTime:
    """Show a text of which ``{at}`` is a moment.

    Raises
    ------
    KeyError
        The catalogue has no such text, or it wants a value that is not given.
    """
    before, _, after = words(name, at=_PLACE, **values).partition(_PLACE)
    return LocalTime(words, at, before, after)
