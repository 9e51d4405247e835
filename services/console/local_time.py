"""A moment in UTC, and by the clock of the one who looks, which only their browser knows."""

from datetime import datetime

from nicegui import ui

from services.console.ages import moment
from services.console.words import Words


class LocalTime(ui.element, component="local_time.js"):
    """Tells a moment in both; only in UTC where the two are one."""

    def __init__(self, words: Words, at: datetime) -> None:
        super().__init__()
        self.props["at"] = at.isoformat()
        self.props["utc"] = moment(at)
        self.props["local"] = words("age.local", at="{at}")
