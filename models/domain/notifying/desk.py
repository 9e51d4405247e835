"""All that is remembered of alerts, groups and what was told, and what comes of it: notices."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

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
class Desk:
    """What is known of alerts, groups, and what each group has told of which alert."""

    alerts: dict[str, Known] = field(default_factory=dict)
    groups: dict[Key, Group] = field(default_factory=dict)
    told: dict[str, dict[Key, int]] = field(default_factory=dict)
    """Of each alert up to which transition each group has told of it."""

    def told_by(self, key: Key, alert_id: str) -> int:
        """Return up to which transition a group has told of an alert; 0: it has not."""
        return self.told.get(alert_id, {}).get(key, 0)

    def told_to(self, receiver: str, alert_id: str) -> int:
        """Return up to which transition a receiver has been told of an alert, by any route."""
        told = self.told.get(alert_id, {}).items()
        return max((n for key, n in told if key.receiver == receiver), default=0)

    def keys_of(self, alert_id: str) -> list[Key]:
        """Return the groups that hold an alert, or have told of it."""
        holding = {k for k, g in self.groups.items() if g.entry(alert_id) is not None}
        return sorted(holding | set(self.told.get(alert_id, {})), key=in_order)


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
