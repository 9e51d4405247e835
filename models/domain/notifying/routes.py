"""Which receivers an alert concerns: the routes, in order, and the reason of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from models.domain.notifying.quiet_hours import QuietHours
from models.domain.notifying.why import Why
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic

Labels = tuple[tuple[str, str], ...]
"""What the alerts of a group have in common: names and values, in the order of ``group_by``."""

GROUPABLE = ("border_id", "segment_id", "alert_id")
"""By what alerts can be grouped: what never changes while one is open."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the stages ask of one transition of an alert."""

    alert_id: str
    sequence: int
    segment_id: str
    border_id: str
    traffic: Traffic
    transition: Transition
    level: Level
    previous_level: Level
    acknowledged: bool
    silenced_until: datetime | None
    recorded_at: datetime

    @property
    def of_border(self) -> bool:
        """Whether the alert is on the border as a whole."""
        return self.segment_id == self.border_id

    @property
    def rises(self) -> bool:
        """Whether the level is worse with it."""
        risen = self.transition in (Transition.RAISED, Transition.ESCALATED)
        return risen and self.level.rank > self.previous_level.rank


def message(alert: Alert) -> Message:
    """Return what the stages ask of ``alert``."""
    return Message(
        alert.alert_id,
        alert.sequence,
        alert.segment_id,
        alert.border_id,
        alert.traffic,
        alert.transition,
        alert.level,
        alert.previous_level,
        alert.acknowledged,
        alert.silenced_until,
        alert.recorded_at,
    )


@dataclass(frozen=True, slots=True)
class Route:
    """What a receiver is told of, how alerts are grouped for it, and when it is told.

    Parameters
    ----------
    borders, segments
        Border ids, and globs of segment ids; none: every one. A border as a whole is matched under
        its border id in both.
    level
        The least level; an alert that once reached it is told of until its end.
    goes_on
        Whether the routes after it are asked too when it matches.
    group_wait, group_interval, repeat_interval
        As in Prometheus Alertmanager: how long the first news of a group waits for more, how far
        apart further news are at least, and after how long what is unchanged is told again (None:
        never).
    at_once_from
        From which level a rise is told without waiting for the group; None: no rise is.
    unless_acknowledged_within, then
        After how long without an acknowledgement the route ``then`` is told of the alert too.
    """

    name: str
    receiver: str
    borders: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    level: Level = Level.WATCH
    traffic: tuple[Traffic, ...] = (Traffic.ACTUAL,)
    goes_on: bool = False
    group_by: tuple[str, ...] = ("border_id",)
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta | None = timedelta(hours=4)
    at_once_from: Level | None = Level.CRITICAL
    quiet: tuple[QuietHours, ...] = ()
    unless_acknowledged_within: timedelta | None = None
    then: "Route | None" = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The routes in the order in which they are asked, and what traffic each receiver may get."""

    routes: tuple[Route, ...]
    marks: Mapping[str, frozenset[Traffic]] = field(default_factory=dict)

    def route(self, name: str) -> Route | None:
        """Return the route of that name, also one that only takes over; None: there is none."""
        return next((r for r in self.every() if r.name == name), None)

    def every(self) -> Iterator[Route]:
        """Yield every route, each followed by those that take over from it."""
        for route in self.routes:
            following: Route | None = route
            while following is not None:
                yield following
                following = following.then

    def may_reach(self, receiver: str, traffic: Traffic) -> bool:
        """Tell whether a receiver is marked for that traffic; unmarked ones get only actual."""
        return traffic in self.marks.get(receiver, frozenset((Traffic.ACTUAL,)))


def asked(plan: Plan, told: Message, worst: Level) -> Iterator[tuple[Route, Why]]:
    """Yield every route in order, with why it takes a transition or does not.

    Parameters
    ----------
    worst
        The worst level that the alert has had, this transition's included.
    """
    taken = False
    for route in plan.routes:
        why = Why.EARLIER_ROUTE if taken else _fits(plan, route, told, worst)
        taken = taken or (why is Why.MATCHED and not route.goes_on)
        yield route, why


def _fits(plan: Plan, route: Route, told: Message, worst: Level) -> Why:
    if told.traffic not in route.traffic:
        return Why.OTHER_TRAFFIC
    if not plan.may_reach(route.receiver, told.traffic):
        return Why.NOT_MARKED
    if route.borders and told.border_id not in route.borders:
        return Why.OTHER_BORDER
    if route.segments and not any(fnmatchcase(told.segment_id, g) for g in route.segments):
        return Why.OTHER_SEGMENT
    if worst.rank < route.level.rank:
        return Why.BELOW_LEVEL
    return Why.MATCHED


def labels(route: Route, told: Message) -> Labels:
    """Return what ``told`` has in common with the others of its group."""
    values = {
        "border_id": told.border_id,
        "segment_id": told.segment_id,
        "alert_id": told.alert_id,
    }
    return tuple((name, values[name]) for name in route.group_by)
