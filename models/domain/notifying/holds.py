"""What keeps a transition from being told now: inhibition, a silence, quiet hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.domain.notifying.groups import Entry
from models.domain.notifying.quiet_hours import held_until
from models.domain.notifying.routes import Message, Route
from models.domain.notifying.why import Why
from schemas.alert import Transition
from schemas.assessment import Level
from schemas.incident import Traffic

_TAKES_BACK = (Transition.DE_ESCALATED, Transition.CORRECTED)
"""Beside what ends an alert: whoever was told of it must hear that it is less than it was told."""


@dataclass(frozen=True, slots=True)
class Known:
    """An alert as far as it has been heard of.

    Parameters
    ----------
    worst
        The worst level that it has had.
    silenced_until
        Until when an operator silenced the alert as a whole, also what was said before that.
    """

    latest: Message
    worst: Level
    silenced_until: datetime | None = None
    ended: bool = False

    def hears(self, message: Message) -> "Known":
        """Return the alert after one more transition."""
        silenced = self.silenced_until
        if message.transition is Transition.SILENCED:
            silenced = message.silenced_until
        if message.transition is Transition.UNSILENCED:
            silenced = None
        worst = Level.worst(self.worst, message.level, message.previous_level)
        ended = self.ended or message.transition.ends
        return replace(self, latest=message, worst=worst, silenced_until=silenced, ended=ended)


def first_heard(message: Message) -> Known:
    """Return an alert that was heard of for the first time."""
    return Known(message, message.level).hears(message)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a transition is not told now, until when if that is known, and which alert inhibits."""

    why: Why
    until: datetime | None = None
    by: str | None = None


Overall = Mapping[tuple[str, Traffic], Message]
"""The worst open alert on each border as a whole."""


def overall(wide: Iterable[Known]) -> Overall:
    """Return the worst of the open alerts on each border as a whole, by border and traffic."""
    found: dict[tuple[str, Traffic], Message] = {}
    for known in wide:
        one = known.latest
        place = (one.border_id, one.traffic)
        if place not in found or one.level.rank > found[place].level.rank:
            found[place] = one
    return found


def hold(
    message: Message, entry: Entry, known: Known, route: Route, borders: Overall, moment: datetime
) -> Hold | None:
    """Return what keeps ``message`` back at ``moment``: the first of the stages that does."""
    return (
        _inhibited(message, entry, borders)
        or _silenced(message, known, moment)
        or _quiet(message, route, moment)
    )


def _inhibited(message: Message, entry: Entry, borders: Overall) -> Hold | None:
    """Hold back a segment's alert of a lower level than the open one on its border as a whole."""
    above = borders.get((message.border_id, message.traffic))
    if above is None or message.of_border or not _below(message, above):
        return None
    if takes_back(message) and entry.told:
        return None
    # The end of what was never told is no news, unless something of it is still to be told.
    if message.transition.ends and not all(_below(w.message, above) for w in entry.waiting):
        return None
    return Hold(Why.INHIBITED, by=above.alert_id)


def takes_back(message: Message) -> bool:
    """Tell whether whoever was told of the alert must hear this of it."""
    return message.transition.ends or message.transition in _TAKES_BACK


def _below(message: Message, above: Message) -> bool:
    return message.level.rank < above.level.rank


def _silenced(message: Message, known: Known, moment: datetime) -> Hold | None:
    """Hold back what is silenced by itself or with its alert; an end is told all the same."""
    if message.transition.ends:
        return None
    ends = [e for e in (message.silenced_until, known.silenced_until) if e and moment < e]
    return Hold(Why.SILENCED, until=max(ends)) if ends else None


def _quiet(message: Message, route: Route, moment: datetime) -> Hold | None:
    end = held_until(route.quiet, message.level, moment)
    return Hold(Why.QUIET_HOURS, until=end) if end else None
