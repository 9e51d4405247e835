"""The decision to alert: which transitions a record makes of a segment's alert."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count

from models.domain import silences
from models.domain.posture import AlertRules, Decision, Episode, Heard, News, Posture
from models.domain.silences import Silences
from models.domain.transitions import (
    COMMANDS,
    LEVELS,
    SILENCES,
    Case,
    Row,
)
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.command import (
    AcknowledgeCommand,
    ExpireSilenceCommand,
    LinkCommand,
    NoteCommand,
    SilenceCommand,
)
from schemas.incident import Traffic

MOST_FALLS = 10
"""How many falls are remembered: three already make the next wait as long as any."""

Taken = Callable[[str], bool]
"""Tells whether an alert of that id has been."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The posture after a record, what is told of it in order, and the answer to a command.

    ``answer`` says why a command led to nothing; None where there was none or it was obeyed.
    """

    posture: Posture
    decisions: tuple[Decision, ...] = ()
    answer: str | None = None


def decide(
    posture: Posture,
    heard: Heard,
    segment_id: str,
    traffic: Traffic,
    rules: AlertRules,
    taken: Taken = lambda _alert_id: False,
) -> Decided:
    """Return what a record makes of the alerts of a segment, by the transition table.

    A rise is told at once. A fall that time brought is told after it lasted; one that a correction
    or retraction brought is told at once, since the reason is gone. ``taken`` tells the ids of
    earlier alerts.
    """

    def by(rows: tuple[Row, ...], current: Posture) -> tuple[Posture, tuple[Decision, ...]]:
        case = Case(current, heard, rules)
        row = next((row for row in rows if row.when(case)), None)
        if row is None:
            return current, ()
        opening = current.episode or Episode(
            _alert_id(segment_id, traffic, heard.clock, taken), 0, Level.NORMAL, heard.clock
        )
        after, told = _made(row, case, opening)
        return after, (told,)

    current, moved = by(LEVELS, _ruled(posture, heard, rules))
    if not moved and current.episode is not None:
        current = _posture(current, _watched(current.episode, heard))
    answer = _answer(posture.silences, current.episode, heard, segment_id, taken)
    current, obeyed = by(COMMANDS, current)
    current, silenced = by(SILENCES, current)
    return Decided(current, (*moved, *obeyed, *silenced), answer)


def _ruled(posture: Posture, heard: Heard, rules: AlertRules) -> Posture:
    """Return the posture with what was commanded of silences, and without what is over."""
    silent, command = posture.silences, heard.command
    if isinstance(command, SilenceCommand):
        silent = silences.with_silence(silent, command)
    if isinstance(command, ExpireSilenceCommand):
        silent = silences.without(silent, command.silence_id)
    return Posture(
        posture.episode,
        _let_go(posture, heard),
        tuple(at for at in posture.falls if heard.clock - at < rules.damping),
        silences.lasting(silent, heard.clock),
    )


def _let_go(posture: Posture, heard: Heard) -> Level:
    if heard.news is News.NEW_INCIDENT:
        return Level.NORMAL
    return Level.mildest(posture.let_go, heard.holds)


def _made(row: Row, case: Case, before: Episode) -> tuple[Posture, Decision]:
    """Return the posture after a row of the table, and what is told."""
    now, posture = case.heard.clock, case.posture
    after = _after(row, case, before)
    if after.level.rank < before.level.rank and row.reason is not Reason.OPERATOR:
        posture = replace(posture, falls=(*posture.falls, now)[-MOST_FALLS:])
    told = Decision(
        row.transition,
        row.reason or case.news,
        after.alert_id,
        after.sequence,
        after.opened_at,
        before.level,
        after.level,
        after.acknowledged,
        silences.message_until(posture.silences, after.level, row.transition, now),
        len(posture.falls),
    )
    if not row.transition.ends:
        return replace(posture, episode=after), told
    # What ends although its level stands is told of again once it is worse, or there is news.
    return replace(posture, episode=None, let_go=after.level), told


def _after(row: Row, case: Case, before: Episode) -> Episode:
    """Return the episode after a row of the table."""
    heard, after = case.heard, replace(before, sequence=before.sequence + 1)
    match row.transition:
        case Transition.RAISED:
            return replace(_at(after, heard.level, heard), silenced_until=case.silenced)
        case Transition.ESCALATED:
            # Whoever looks after it looks after less than it has become.
            return replace(_at(after, heard.level, heard), acknowledged=False)
        case Transition.DE_ESCALATED:
            return _at(after, case.floor, heard)
        case Transition.CORRECTED | Transition.UPDATED:
            lower = Level.mildest(before.level, heard.holds)
            return _at(after, lower, heard) if case.lowered else _watched(after, heard)
        case Transition.RESOLVED | Transition.EXPIRED:
            return replace(after, level=Level.mildest(before.level, heard.holds))
        case Transition.ACKNOWLEDGED | Transition.UNACKNOWLEDGED:
            return replace(after, acknowledged=row.transition is Transition.ACKNOWLEDGED)
        case Transition.SILENCED | Transition.UNSILENCED:
            return replace(after, silenced_until=case.silenced)


def _at(episode: Episode, level: Level, heard: Heard) -> Episode:
    """Return an episode that has come to ``level``."""
    return replace(
        episode, level=level, last=heard.holds, lower_since=None, lower_worst=Level.NORMAL
    )


def _watched(episode: Episode, heard: Heard) -> Episode:
    """Return an episode whose level stays, with since when the segment's has been lower."""
    lower = heard.holds.rank < episode.level.rank
    since = (episode.lower_since or heard.clock) if lower else None
    worst = Level.worst(episode.lower_worst, heard.holds) if lower else Level.NORMAL
    return replace(episode, lower_since=since, lower_worst=worst, last=heard.holds)


def _posture(posture: Posture, episode: Episode) -> Posture:
    return posture if episode == posture.episode else replace(posture, episode=episode)


def _answer(
    known: Silences, episode: Episode | None, heard: Heard, segment_id: str, taken: Taken
) -> str | None:
    """Say why a command leads to nothing; None where it leads to something, or there is none."""
    command = heard.command
    if command is None or isinstance(command, LinkCommand):
        return None
    if isinstance(command, SilenceCommand):
        over = command.ends <= heard.clock
        return f"ends: {command.ends.isoformat()} has passed; give a later end" if over else None
    if isinstance(command, ExpireSilenceCommand):
        if command.segment_id != segment_id:
            # Said of the whole border, which answers for all.
            return None
        there = [s.silence_id for s in silences.lasting(known, heard.clock)]
        return _unless_among(there, "silence_id", command.silence_id)
    if isinstance(command, NoteCommand) and taken(command.alert_id):
        return None
    if episode is None or episode.alert_id != command.alert_id:
        there = [episode.alert_id] if episode else []
        return _unless_among(there, "alert_id", command.alert_id)
    if isinstance(command, NoteCommand):
        return None
    if command.level is not None and episode.level.rank > command.level.rank:
        return f"level: {command.alert_id!r} was {command.level} and is {episode.level} by now"
    wanted = command.kind == "acknowledge"
    if isinstance(command, AcknowledgeCommand) and episode.acknowledged is wanted:
        is_so = "acknowledged already" if wanted else "not acknowledged"
        return f"alert_id: {command.alert_id!r} is {is_so}"
    return None


def _unless_among(there: list[str], field: str, name: str) -> str | None:
    if name in there:
        return None
    found = ", ".join(there) or "none is"
    return f"{field}: {name!r} is not in force on this segment; in force: {found}"


def _alert_id(segment_id: str, traffic: Traffic, opened_at: datetime, taken: Taken) -> str:
    """Name the episode after where and when it began: the same after every replay.

    Where a retraction resolves an episode in the instant in which it began, the next one of that
    instant takes a number.
    """
    mark = "" if traffic is Traffic.ACTUAL else f":{traffic}"
    name = f"{segment_id}:{opened_at:%Y%m%dT%H%M%S.%f}Z{mark}"
    numbered = (f"{name}:{number}" for number in count(2))
    return next(found for found in chain([name], numbered) if not taken(found))
