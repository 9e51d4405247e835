"""All that is remembered of alerts, groups and what was told, and what comes of it: notices."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from models.domain.notifying.groups import Group, Key
from models.domain.notifying.holds import Known
from models.domain.notifying.look import Held, Refs
from models.domain.notifying.why import Why


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification to send: the transitions that it shows, and those that it tells of."""

    notification_id: str
    key: Key
    shows: Refs
    tells: Refs
    why: Why


@dataclass(frozen=True, slots=True)
class Kept:
    """A transition that is not told for now, or never: put on record once."""

    notification_id: str
    key: Key
    held: Held


@dataclass
class Changes:
    """What is otherwise than it was: alerts by id, groups by key, and who was told of what."""

    alerts: set[str] = field(default_factory=set)
    groups: set[Key] = field(default_factory=set)
    told: set[tuple[str, Key]] = field(default_factory=set)


class Desk:
    """All that is known of alerts, groups, and what each group has told of which alert.

    A group is looked at when something that it rests on has changed, or when its time has come:
    what goes on elsewhere costs it nothing.

    Attributes
    ----------
    alerts
        By id.
    groups
        By key.
    wide
        The open alerts of borders as a whole, by id.
    told
        Of each alert up to which transition each group has told of it.
    changes
        Since ``saved``.
    """

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self.changes = Changes()
        self.alerts: dict[str, Known] = {}
        self.groups: dict[Key, Group] = {}
        self.wide: dict[str, Known] = {}
        self.told: dict[str, dict[Key, int]] = {}
        self._holding: dict[str, set[Key]] = {}
        self._woken: set[Key] = set()
        self._due: dict[Key, datetime] = {}
        self._looked_at: datetime | None = None
        # What may be over and of no group, so that nothing asks for it any more.
        self._loose: set[str] = set()
        for group in groups:
            self.put(group)
        # What is there in the beginning is there elsewhere too.
        self.changes = Changes()

    def recall(self, alerts: Iterable[Known], told: Iterable[tuple[str, Key, int]]) -> None:
        """Put back on the desk what is known of alerts elsewhere: nothing changes by it."""
        for known in alerts:
            self._set(known)
        for alert_id, key, sequence in told:
            self.told.setdefault(alert_id, {})[key] = sequence

    def told_by(self, key: Key, alert_id: str) -> int:
        """Return up to which transition a group has told of an alert; 0: it has not."""
        return self.told.get(alert_id, {}).get(key, 0)

    def told_to(self, receiver: str, alert_id: str) -> int:
        """Return up to which transition a receiver has been told of an alert, by any route."""
        told = self.told.get(alert_id, {}).items()
        return max((n for key, n in told if key.receiver == receiver), default=0)

    def holding(self, alert_id: str) -> frozenset[Key]:
        """Return the groups that hold an alert."""
        return frozenset(self._holding.get(alert_id, ()))

    def keys_of(self, alert_id: str) -> list[Key]:
        """Return the groups that hold an alert, or have told of it."""
        return sorted(self.holding(alert_id) | self.told.get(alert_id, {}).keys(), key=in_order)

    def know(self, known: Known) -> None:
        """Note how an alert stands, which matters to whoever holds it or stands below it."""
        message = known.latest
        self._set(known)
        self.changes.alerts.add(message.alert_id)
        self._woken |= self.holding(message.alert_id)
        if message.of_border:
            self._woken |= {
                key
                for key, group in self.groups.items()
                if key.traffic is message.traffic
                and any(e.latest.border_id == message.border_id for e in group.entries)
            }

    def put(self, group: Group) -> None:
        """Put a group in the place of the former one of its key, to be looked at."""
        self._replace(group.key, group)
        self._woken.add(group.key)

    def drop(self, key: Key) -> None:
        """Forget a group."""
        self._replace(key, None)

    def looked(self, key: Key, group: Group | None, next_at: datetime | None) -> None:
        """Put what a look left of a group (None: nothing), and when it is to be looked at next."""
        self._replace(key, group)
        if group is not None and next_at is not None:
            self._due[key] = next_at

    def tell(self, key: Key, alert_id: str, sequence: int) -> None:
        """Note up to where a group has told of an alert: others need not tell its receiver."""
        if sequence <= self.told_by(key, alert_id):
            return
        self.told.setdefault(alert_id, {})[key] = sequence
        self.changes.told.add((alert_id, key))
        others = self.holding(alert_id) - {key}
        self._woken |= {other for other in others if other.receiver == key.receiver}

    def wake(self) -> None:
        """Let every group be looked at."""
        self._woken |= self.groups.keys()

    def wanting(self, moment: datetime) -> Iterator[Key]:
        """Yield the groups that want a look at ``moment``, each time the first in order.

        Those are the groups that something has changed for, also by a look at another meanwhile,
        and those whose time has come.
        """
        if self._looked_at is not None and moment < self._looked_at:
            # What was to be looked at when may rest on a clock that ran ahead.
            self.wake()
        self._looked_at = moment
        new = {key for key, at in self._due.items() if at <= moment}
        heap: list[tuple[tuple[str, ...], int, Key]] = []
        numbers, queued = count(), set[Key]()
        while True:
            new |= self._woken
            self._woken = set()
            for key in new - queued:
                heappush(heap, (in_order(key), next(numbers), key))
            queued |= new
            new = set()
            if not heap:
                return
            *_, key = heappop(heap)
            queued.discard(key)
            if key in self.groups:
                yield key

    def next_at(self) -> datetime | None:
        """Return when the next group is to be looked at, provided that nothing changes."""
        return min(self._due.values(), default=None)

    def saved(self) -> None:
        """Note that all changes are kept elsewhere, whence what is over can be recalled."""
        self.changes = Changes()
        for alert_id in self._loose:
            known = self.alerts.get(alert_id)
            if known is not None and known.ended and not self.holding(alert_id):
                del self.alerts[alert_id]
                self.told.pop(alert_id, None)
        self._loose.clear()

    def _set(self, known: Known) -> None:
        alert_id = known.latest.alert_id
        self.alerts[alert_id] = known
        self._loose.add(alert_id)
        if known.latest.of_border and not known.ended:
            self.wide[alert_id] = known
        else:
            self.wide.pop(alert_id, None)

    def _replace(self, key: Key, group: Group | None) -> None:
        before = self.groups.pop(key, None)
        self._due.pop(key, None)
        for alert_id in (entry.alert_id for entry in before.entries) if before else ():
            self._loose.add(alert_id)
            self._holding[alert_id].discard(key)
            if not self._holding[alert_id]:
                del self._holding[alert_id]
        if group is not None:
            self.groups[key] = group
            for entry in group.entries:
                self._holding.setdefault(entry.alert_id, set()).add(key)
        if group != before:
            self.changes.groups.add(key)


def notification_id(key: Key, refs: Sequence[tuple[str, int]], ordinal: int = 0) -> str:
    """Return the id of a notification: the same whenever the same is told to the same receiver.

    Parameters
    ----------
    ordinal
        Which repeat of what is unchanged it is; 0 for news.
    """
    content = [key.receiver, key.route, key.traffic, key.labels, sorted(refs), ordinal]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return f"ntf_{digest[:32]}"


def in_order(key: Key) -> tuple[str, ...]:
    """Return what groups are sorted by, so that all is done in the same order each time."""
    return (key.route, key.receiver, key.traffic, *(part for pair in key.labels for part in pair))
