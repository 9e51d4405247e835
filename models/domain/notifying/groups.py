"""What is told together: the alerts of one route that have their labels in common, and when."""

from dataclasses import dataclass, replace
from datetime import datetime

from models.domain.notifying.routes import Labels, Message, Route
from schemas.incident import Traffic


@dataclass(frozen=True, slots=True)
class Key:
    """Names a group: its route, to whom it goes, and what its alerts have in common."""

    route: str
    receiver: str
    traffic: Traffic
    labels: Labels


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transition that the receiver has not been told of, and since when it waits."""

    message: Message
    since: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert in a group.

    Parameters
    ----------
    waiting
        What the receiver has not been told of, oldest first.
    latest
        The last transition that was heard of.
    told
        The sequence of the last transition that was told by this group; 0 where none was.
    unacknowledged_since
        When the receiver was told of the alert without anyone having acknowledged it since.
    passed_on
        Whether the route that takes over has been told of that.
    recorded
        Which holds have been put on record: sequence and reason of each.
    """

    latest: Message
    waiting: tuple[Waiting, ...] = ()
    told: int = 0
    told_at: datetime | None = None
    unacknowledged_since: datetime | None = None
    passed_on: bool = False
    recorded: tuple[tuple[int, str], ...] = ()

    @property
    def alert_id(self) -> str:
        """Names the alert."""
        return self.latest.alert_id

    def hears(self, message: Message, moment: datetime) -> "Entry":
        """Return the entry with one more transition to tell of."""
        waiting = (*self.waiting, Waiting(message, moment))
        entry = replace(self, latest=message, waiting=waiting)
        if message.acknowledged or message.transition.ends:
            return replace(entry, unacknowledged_since=None, passed_on=False)
        return entry

    def no_later_than(self, moment: datetime) -> "Entry":
        """Return the entry as if nothing had been told or heard of it after ``moment``."""
        return replace(
            self,
            waiting=tuple(replace(w, since=min(w.since, moment)) for w in self.waiting),
            told_at=_no_later(self.told_at, moment),
            unacknowledged_since=_no_later(self.unacknowledged_since, moment),
        )

    def after_others(self, sequence: int, moment: datetime) -> "Entry":
        """Return the entry once its receiver has been told up to ``sequence`` by another route.

        An acknowledgement is waited for all the same, and what this group has told and tells again
        is not older than what the receiver knows.
        """
        after = self.after_telling(sequence, moment)
        return replace(after, told=after.told if self.told else 0, told_at=self.told_at)

    def after_telling(self, sequence: int, moment: datetime) -> "Entry":
        """Return the entry once everything up to ``sequence`` has been told."""
        since = self.unacknowledged_since
        if since is None and not self.latest.acknowledged and not self.latest.transition.ends:
            since = moment
        return replace(
            self,
            waiting=tuple(w for w in self.waiting if w.message.sequence > sequence),
            told=max(self.told, sequence),
            told_at=moment,
            unacknowledged_since=since,
            recorded=tuple(r for r in self.recorded if r[0] > sequence),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """The alerts of a group that are open or have something to tell, and its timers.

    Parameters
    ----------
    first
        When its first news is due.
    tick
        When it was last told in its turn, from which the next turns are counted; None: not yet.
    repeats
        How often it has been told again of what was unchanged.
    """

    key: Key
    entries: tuple[Entry, ...]
    first: datetime
    tick: datetime | None = None
    repeats: int = 0

    def entry(self, alert_id: str) -> Entry | None:
        """Return the alert's entry, if it has one."""
        return next((e for e in self.entries if e.alert_id == alert_id), None)

    def no_later_than(self, moment: datetime, route: Route) -> "Group":
        """Return the group as if it had never been looked at after ``moment``.

        It has been where a clock ran ahead and was set right: what is counted from then would keep
        quiet for as long as the clock was ahead.
        """
        return replace(
            self,
            entries=tuple(entry.no_later_than(moment) for entry in self.entries),
            first=min(self.first, moment + route.group_wait),
            tick=_no_later(self.tick, moment),
        )

    def put(self, *entries: Entry) -> "Group":
        """Return the group with ``entries`` in the place of their alerts' former ones."""
        named = {e.alert_id: e for e in (*self.entries, *entries)}
        return replace(self, entries=tuple(sorted(named.values(), key=lambda e: e.alert_id)))

    def without(self, *alert_ids: str) -> "Group":
        """Return the group without these alerts."""
        gone = frozenset(alert_ids)
        return replace(self, entries=tuple(e for e in self.entries if e.alert_id not in gone))


def begun(key: Key, route: Route, message: Message, moment: datetime) -> Group:
    """Return a new group, with nothing in it, that ``message`` begins.

    Who was away, and hears of a transition late, has waited long enough: as in Alertmanager, the
    wait counts from when it happened.
    """
    happened = min(message.recorded_at, moment)
    return Group(key, (), max(moment, happened + route.group_wait))


def turn(group: Group, route: Route, since: datetime) -> datetime:
    """Return when it is the turn of news that have waited ``since`` then.

    Turns come every ``group_interval``, counted from the last one that told something: what waits
    in between is told together.
    """
    if group.tick is None and since <= group.first:
        return group.first
    base, least = (group.first, 0) if group.tick is None else (group.tick, 1)
    return base + max(least, -((base - since) // route.group_interval)) * route.group_interval


def again(group: Group, route: Route, told_at: datetime) -> datetime | None:
    """Return at which turn what was told then is told again; None: never."""
    if route.repeat_interval is None:
        return None
    return turn(group, route, told_at + route.repeat_interval)


def settled(group: Group, route: Route) -> datetime:
    """Return from when a group without alerts may be forgotten: a new one would wait no longer."""
    base = group.first if group.tick is None else group.tick
    return base + route.group_interval


def _no_later(found: datetime | None, moment: datetime) -> datetime | None:
    return None if found is None else min(found, moment)
