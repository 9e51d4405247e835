"""How a segment stands with its alerts, what a record says to them, and what is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from models.domain.silences import Silences
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.command import AnyCommand


class News(Enum):
    """What kind of record the assessment follows from."""

    NEW_INCIDENT = auto()
    REVISED = auto()
    RETRACTED = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True)
class AlertRules:
    """How long things must last before they are believed, or are no longer told of.

    Parameters
    ----------
    dwell
        How long a lower level must last; twice as long for each fall within ``damping`` before it,
        up to ``damping``. So it falls by itself at most three times in any seven days: a rise and a
        fall an hour would otherwise wake somebody at each. The idea is that of route flap damping
        (Villamizar, Chandra and Govindan, RFC 2439, 1998), with doubled waiting for a penalty.
    expiry
        How long after the last report on its segment an alert is over, whatever its level.
    """

    dwell: timedelta = timedelta(days=1)
    damping: timedelta = timedelta(days=7)
    expiry: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Episode:
    """An open alert: from raised until resolved or expired."""

    alert_id: str
    sequence: int
    level: Level
    opened_at: datetime
    lower_since: datetime | None = None
    lower_worst: Level = Level.NORMAL
    """The worst level since then: what a fall leads to."""
    last: Level = Level.NORMAL
    """The level that the last record left in place, which the alert's own may lag behind."""
    acknowledged: bool = False
    silenced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posture:
    """How a segment stands with its alerts.

    Parameters
    ----------
    let_go
        Up to which level nothing is told: that of an alert which an operator resolved or which
        expired; less as soon as the segment's level is less, and normal with the next new incident.
    falls
        When the level of an alert fell, by itself or by a correction, as far back as damping looks.
    """

    episode: Episode | None = None
    let_go: Level = Level.NORMAL
    falls: tuple[datetime, ...] = ()
    silences: Silences = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a record says to the alerts of a segment.

    Parameters
    ----------
    level, holds
        At which level an alert would begin, and down to which it holds: never below ``level``.
    reported_at
        When something was last reported of the segment, or of what is nearby.
    by_time
        Down to which level an alert would hold at that time had the record not come; None: as
        after the record before.
    """

    level: Level
    holds: Level
    news: News
    clock: datetime
    reported_at: datetime
    command: AnyCommand | None = None
    by_time: Level | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A transition to publish."""

    transition: Transition
    reason: Reason
    alert_id: str
    sequence: int
    opened_at: datetime
    previous_level: Level
    level: Level
    acknowledged: bool = False
    silenced_until: datetime | None = None
    flaps: int = 0
