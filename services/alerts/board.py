"""The alerts of the log as an operator looks at them: open ones, one by name, silences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from schemas.alert import Alert
from schemas.assessment import Level
from schemas.command import AnyCommand, ExpireSilenceCommand, SilenceCommand
from schemas.incident import Traffic
from schemas.topics import Topic
from schemas.versions import decode
from services.faults import Fault
from services.ledger.answers import Episode, episode


class NoSuchAlert(Fault):
    """No alert has that name, or none is open on that segment."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which alerts are wanted: ``place`` is a segment or a border, whose segments it means too."""

    place: str | None = None
    least: Level = Level.WATCH
    traffic: Traffic = Traffic.ACTUAL
    closed: bool = False

    def matches(self, told: Episode) -> bool:
        """Tell whether an alert is wanted; one that is over by the worst that it ever was."""
        worst = max(t.level.rank for t in told.transitions)
        stands = told.transitions[-1].level.rank if told.resolved_at is None else worst
        return (
            told.traffic is self.traffic
            and (self.closed or told.resolved_at is None)
            and self.place in (None, told.segment_id, told.border_id)
            and stands >= self.least.rank
        )


def episodes(alerts: Iterable[Alert]) -> list[Episode]:
    """Return each alert with its transitions, the one that was opened last first.

    A transition that a worker has published again after a crash is told once.
    """
    found: dict[str, dict[int, Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.alert_id, {})[alert.sequence] = alert
    told = [episode([by[n] for n in sorted(by)]) for by in found.values()]
    return sorted(told, key=lambda e: (e.opened_at, e.alert_id), reverse=True)


def named(name: str, told: Sequence[Episode], traffic: Traffic) -> Episode:
    """Return the alert of that id, or the open one on the segment of that name.

    Raises
    ------
    NoSuchAlert
        With the alerts that are nearest by name, or open.
    """
    for one in told:
        if one.alert_id == name:
            return one
    of_traffic = [one for one in told if one.traffic is traffic and one.resolved_at is None]
    for one in of_traffic:
        if one.segment_id == name:
            return one
    near = get_close_matches(name, [one.alert_id for one in told], n=3)
    known = near or [one.alert_id for one in of_traffic[:3]]
    there = f"; there are: {', '.join(known)}" if known else "; no alert is open"
    msg = (
        f"{name!r} is no alert, and no alert is open on a segment of that name{there}; all are "
        "listed by: forewarn alerts list --closed"
    )
    raise NoSuchAlert(msg)


def in_force(commands: Iterable[AnyCommand], now: datetime) -> list[SilenceCommand]:
    """Return the silences that have not ended at ``now``, by when they end.

    Commands on one segment come in the order of the log. A silence of a border that was ended on
    one of its segments is still in force on the others.
    """
    found: dict[tuple[Traffic, str, str], SilenceCommand] = {}
    for command in commands:
        if isinstance(command, SilenceCommand | ExpireSilenceCommand):
            name = (command.traffic, command.segment_id, command.silence_id)
            found.pop(name, None)
            if isinstance(command, SilenceCommand):
                found[name] = command
    return sorted((s for s in found.values() if now < s.ends), key=lambda s: s.ends)


def read(topic: Topic, value: bytes | None) -> Any:
    """Return what a record says; None where it cannot be read, which the worker has rejected."""
    try:
        return decode(topic, value or b"")
    except ValueError:
        return None
