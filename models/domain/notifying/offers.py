"""What a group may tell of each of its alerts at one moment, and what is held back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.domain.notifying.groups import Entry, Group, Waiting
from models.domain.notifying.holds import Hold, Known, Overall, hold, takes_back
from models.domain.notifying.routes import Message, Route
from models.domain.notifying.why import Why


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be told of one alert now (None: nothing), and what is held back."""

    entry: Entry
    news: Waiting | None
    holds: tuple[tuple[Waiting, Hold], ...]


class View:
    """A group at one moment, with what its alerts are held back by."""

    def __init__(
        self,
        route: Route,
        alerts: Mapping[str, Known],
        borders: Overall,
        moment: datetime,
    ) -> None:
        self.route, self.moment = route, moment
        self._alerts, self._borders = alerts, borders

    def hold(self, message: Message, entry: Entry) -> Hold | None:
        """Return what keeps a transition of an alert from being told now."""
        known = self._alerts[entry.alert_id]
        return hold(message, entry, known, self.route, self._borders, self.moment)

    def is_open(self, entry: Entry) -> bool:
        """Tell whether the alert is not over."""
        return not self._alerts[entry.alert_id].ended

    def offer(self, entry: Entry) -> Offer:
        """Return the newest transition that nothing holds back, and what holds those after it.

        Where the latest is inhibited, what it has overtaken is so too: it would tell of more than
        there is.
        """
        holds: list[tuple[Waiting, Hold]] = []
        overtaken: Hold | None = None
        for waiting in reversed(entry.waiting):
            found = self.hold(waiting.message, entry)
            if found is None and not takes_back(waiting.message):
                found = overtaken
            if found is None:
                return Offer(entry, waiting, tuple(holds))
            if found.why is Why.INHIBITED:
                overtaken = found
            holds.append((waiting, found))
        return Offer(entry, None, tuple(holds))

    def repeatable(self, group: Group) -> list[Entry]:
        """Return the alerts that would be told again: open, told, and not held back."""
        return [
            e
            for e in group.entries
            if e.told and self.is_open(e) and self.hold(e.latest, e) is None
        ]
