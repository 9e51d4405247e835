"""Silences of a segment's alerts: when they count, and for which alerts and messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.command import SilenceCommand


@dataclass(frozen=True, slots=True, order=True)
class Silence:
    """From ``starts`` until before ``ends``; empty ``levels`` and ``transitions`` match any."""

    silence_id: str
    starts: datetime
    ends: datetime
    levels: tuple[Level, ...] = ()
    transitions: tuple[Transition, ...] = ()

    def covers(self, level: Level, now: datetime) -> bool:
        """Tell whether it counts now for alerts of ``level``, whatever of them it silences."""
        return self.starts <= now < self.ends and (not self.levels or level in self.levels)


Silences = tuple[Silence, ...]


def with_silence(silences: Silences, command: SilenceCommand) -> Silences:
    """Return the silences with a new one, in place of the one of that name."""
    added = Silence(
        command.silence_id, command.starts, command.ends, command.levels, command.transitions
    )
    return tuple(sorted([*without(silences, command.silence_id), added]))


def without(silences: Silences, silence_id: str) -> Silences:
    """Return the silences but the one of that name."""
    return tuple(s for s in silences if s.silence_id != silence_id)


def lasting(silences: Silences, now: datetime) -> Silences:
    """Return the silences that have not ended."""
    return tuple(s for s in silences if now < s.ends)


def until(silences: Silences, level: Level, now: datetime) -> datetime | None:
    """Return until when alerts of ``level`` are silenced as a whole; None if they are not."""
    return _last(s for s in silences if not s.transitions and s.covers(level, now))


def message_until(
    silences: Silences, level: Level, transition: Transition, now: datetime
) -> datetime | None:
    """Return until when a message of an alert is silenced; None if it is not."""
    return _last(
        s
        for s in silences
        if s.covers(level, now) and (not s.transitions or transition in s.transitions)
    )


def boundaries(silences: Silences) -> tuple[datetime, ...]:
    """Return when silences begin and end."""
    return tuple(at for s in silences for at in (s.starts, s.ends))


def _last(silences: Iterable[Silence]) -> datetime | None:
    return max((s.ends for s in silences), default=None)
