"""The decision to alert: which transition an assessment makes of a segment's episode."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import chain, count

from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.incident import Traffic

Taken = Callable[[str], bool]
"""Tells whether an alert of that id has been."""


class News(Enum):
    """What kind of record the assessment follows from."""

    NEW_INCIDENT = auto()
    REVISED = auto()
    RETRACTED = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True)
class Episode:
    """An open alert: from raised until resolved."""

    alert_id: str
    sequence: int
    level: Level
    opened_at: datetime
    lower_since: datetime | None = None
    last: Level = Level.NORMAL
    """The level of the last assessment, which the alert's own may lag behind."""


@dataclass(frozen=True, slots=True)
class AlertRules:
    """How long a lower level must last before it is believed."""

    dwell: timedelta = timedelta(days=1)


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


_REVISION = {
    News.REVISED: Reason.INCIDENT_REVISED,
    News.RETRACTED: Reason.INCIDENT_RETRACTED,
}


def decide(
    episode: Episode | None,
    level: Level,
    news: News,
    now: datetime,
    segment_id: str,
    traffic: Traffic,
    rules: AlertRules,
    taken: Taken = lambda _alert_id: False,
) -> tuple[Episode | None, Decision | None]:
    """Return the episode after an assessment of ``level``, and the transition to publish if any.

    A rise is told at once. A fall that time brought is told after it lasted ``rules.dwell``; one
    that a correction or retraction brought is told at once, since the reason is gone. ``taken``
    tells the ids of earlier alerts.
    """
    if episode is None:
        if level is Level.NORMAL:
            return None, None
        opened = Episode(_alert_id(segment_id, traffic, now, taken), 0, Level.NORMAL, now)
        return _move(opened, level, Transition.RAISED, Reason.LEVEL_ROSE)
    if level.rank > episode.level.rank:
        reason = _REVISION.get(news, Reason.LEVEL_ROSE)
        return _move(episode, level, Transition.ESCALATED, reason)
    before, episode = episode.last, replace(episode, last=level)
    if news in _REVISION and level.rank < before.rank:
        gone = Transition.RESOLVED if level is Level.NORMAL else Transition.CORRECTED
        return _move(episode, level, gone, _REVISION[news])
    if level is episode.level:
        episode = replace(episode, lower_since=None)
    elif episode.lower_since is None:
        episode = replace(episode, lower_since=now)
    elif now - episode.lower_since >= rules.dwell:
        fallen = Transition.RESOLVED if level is Level.NORMAL else Transition.DE_ESCALATED
        return _move(episode, level, fallen, Reason.LEVEL_FELL)
    if news is News.TIME:
        return episode, None
    transition, reason = (
        (Transition.CORRECTED, _REVISION[news])
        if news in _REVISION
        else (Transition.UPDATED, Reason.NEW_INCIDENT)
    )
    after, told = _move(episode, episode.level, transition, reason)
    if after is not None:
        after = replace(after, lower_since=episode.lower_since, last=level)
    return after, told


def _move(
    episode: Episode, level: Level, transition: Transition, reason: Reason
) -> tuple[Episode | None, Decision]:
    told = Decision(
        transition,
        reason,
        episode.alert_id,
        episode.sequence + 1,
        episode.opened_at,
        episode.level,
        level,
    )
    if transition is Transition.RESOLVED:
        return None, told
    return replace(episode, sequence=told.sequence, level=level, last=level, lower_since=None), told


def _alert_id(segment_id: str, traffic: Traffic, opened_at: datetime, taken: Taken) -> str:
    """Name the episode after where and when it began: the same after every replay.

    Where a retraction resolves an episode in the instant in which it began, the next one of that
    instant takes a number.
    """
    mark = "" if traffic is Traffic.ACTUAL else f":{traffic}"
    name = f"{segment_id}:{opened_at:%Y%m%dT%H%M%S.%f}Z{mark}"
    numbered = (f"{name}:{number}" for number in count(2))
    return next(found for found in chain([name], numbered) if not taken(found))
