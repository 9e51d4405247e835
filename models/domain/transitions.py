"""The transition table of alerts: what a record makes of one, when, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.domain import silences
from models.domain.ladder import MEMORY
from models.domain.posture import AlertRules, Episode, Heard, News, Posture
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from schemas.command import (
    AcknowledgeCommand,
    AnyCommand,
    ExpireSilenceCommand,
    ResolveCommand,
    SilenceCommand,
)

_REVISION = {
    News.REVISED: Reason.INCIDENT_REVISED,
    News.RETRACTED: Reason.INCIDENT_RETRACTED,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A posture and what was heard: what the rows of the table ask.

    Of falls and silences the posture has only those that count at the time of what was heard.
    """

    posture: Posture
    heard: Heard
    rules: AlertRules

    @property
    def episode(self) -> Episode | None:
        """The open alert, if any."""
        return self.posture.episode

    @property
    def open(self) -> bool:
        """Whether an alert is open."""
        return self.episode is not None

    @property
    def rises(self) -> bool:
        """Whether the level is worse than what has been told, or let go."""
        told = self.episode.level if self.episode else self.posture.let_go
        return self.heard.level.rank > told.rank

    @property
    def corrected(self) -> bool:
        """Whether something that the alert rests on has changed."""
        return self.open and self.heard.news in _REVISION

    @property
    def lowered(self) -> bool:
        """Whether a correction took away what held the level, and not the time that passed."""
        stood = self.episode.last if self.episode else Level.NORMAL
        if self.heard.by_time is not None:
            stood = Level.mildest(stood, self.heard.by_time)
        return self.corrected and self.heard.holds.rank < stood.rank

    @property
    def fallen(self) -> bool:
        """Whether a lower level has lasted long enough to be believed."""
        if self.episode is None or self.episode.lower_since is None:
            return False
        lasted = self.heard.clock - self.episode.lower_since
        lower = self.heard.holds.rank < self.episode.level.rank
        return lower and lasted >= dwell(len(self.posture.falls), self.rules)

    @property
    def normal(self) -> bool:
        """Whether nothing holds the level above normal."""
        return self.heard.holds is Level.NORMAL

    @property
    def floor(self) -> Level:
        """The worst level since it has been lower than the alert's."""
        worst = self.episode.lower_worst if self.episode else Level.NORMAL
        return Level.worst(worst, self.heard.holds)

    @property
    def stale(self) -> bool:
        """Whether nothing has been reported for as long as an alert lasts without a report."""
        if self.episode is None:
            return False
        since = max(self.episode.opened_at, self.heard.reported_at)
        return self.heard.clock - since >= self.rules.expiry

    @property
    def silenced(self) -> datetime | None:
        """Until when the alert, or one that is raised now, is silenced as a whole."""
        level = self.episode.level if self.episode else self.heard.level
        return silences.until(self.posture.silences, level, self.heard.clock)

    @property
    def silence_changes(self) -> bool:
        """Whether the open alert is silenced otherwise than was told."""
        return self.episode is not None and self.silenced != self.episode.silenced_until

    @property
    def acknowledged(self) -> bool:
        """Whether somebody looks after the open alert."""
        return self.episode is not None and self.episode.acknowledged

    @property
    def news(self) -> Reason:
        """The reason that a revision or retraction is; for anything else, that the level rose."""
        return _REVISION.get(self.heard.news, Reason.LEVEL_ROSE)

    def commanded(self, *kinds: type[AnyCommand], word: str | None = None) -> bool:
        """Tell whether a command of that kind came: on the open alert, if it names one.

        What was said of a milder level is not said of the one that it has come to.
        """
        command = self.heard.command
        about = getattr(command, "alert_id", None)
        if about is not None and (self.episode is None or about != self.episode.alert_id):
            return False
        seen = getattr(command, "level", None)
        if seen is not None and self.episode is not None and self.episode.level.rank > seen.rank:
            return False
        return isinstance(command, kinds) and word in (None, command.kind)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; without a ``reason`` the news that came is the reason."""

    transition: Transition
    reason: Reason | None
    words: str
    when: Callable[[Case], bool]


LEVELS: Final = (
    Row(
        Transition.RAISED,
        Reason.LEVEL_ROSE,
        "no alert is open, and the level is worse than normal and than what was let go",
        lambda c: c.rises and not c.open,
    ),
    Row(
        Transition.ESCALATED,
        None,
        "the level is worse than the alert's; an acknowledgement ends",
        lambda c: c.rises,
    ),
    Row(
        Transition.RESOLVED,
        None,
        "a correction of what it rests on, and not time, left the level normal: told at once",
        lambda c: c.lowered and c.normal,
    ),
    Row(
        Transition.CORRECTED,
        None,
        "a correction of what it rests on, and not time, left the level lower: told at once",
        lambda c: c.lowered,
    ),
    Row(
        Transition.RESOLVED,
        Reason.LEVEL_FELL,
        "the level has been normal for long enough",
        lambda c: c.fallen and c.floor is Level.NORMAL,
    ),
    Row(
        Transition.DE_ESCALATED,
        Reason.LEVEL_FELL,
        "the level has been lower for long enough",
        lambda c: c.fallen,
    ),
    Row(
        Transition.CORRECTED,
        None,
        "what it rests on was revised or retracted; the level stays",
        lambda c: c.corrected,
    ),
    Row(
        Transition.UPDATED,
        Reason.NEW_INCIDENT,
        f"a further incident of the last {MEMORY.days} days was reported on the segment",
        lambda c: c.open and c.heard.news is News.NEW_INCIDENT,
    ),
    Row(
        Transition.EXPIRED,
        Reason.NOTHING_REPORTED,
        "nothing has been reported of the segment for long, whatever the level",
        lambda c: c.stale,
    ),
)
COMMANDS: Final = (
    Row(
        Transition.ACKNOWLEDGED,
        Reason.OPERATOR,
        "an operator acknowledged it",
        lambda c: c.commanded(AcknowledgeCommand, word="acknowledge") and not c.acknowledged,
    ),
    Row(
        Transition.UNACKNOWLEDGED,
        Reason.OPERATOR,
        "an operator took the acknowledgement back",
        lambda c: c.commanded(AcknowledgeCommand, word="unacknowledge") and c.acknowledged,
    ),
    Row(
        Transition.RESOLVED,
        Reason.OPERATOR,
        "an operator resolved it, whatever the level",
        lambda c: c.commanded(ResolveCommand),
    ),
)
SILENCES: Final = (
    Row(
        Transition.SILENCED,
        Reason.OPERATOR,
        "an operator silenced it, or changed until when",
        lambda c: (
            c.silence_changes
            and c.silenced is not None
            and c.commanded(SilenceCommand, ExpireSilenceCommand)
        ),
    ),
    Row(
        Transition.SILENCED,
        Reason.SILENCE_BEGAN,
        "a silence began, or the alert came to a level that one covers",
        lambda c: c.silence_changes and c.silenced is not None,
    ),
    Row(
        Transition.UNSILENCED,
        Reason.OPERATOR,
        "an operator ended the silence",
        lambda c: c.silence_changes and c.commanded(ExpireSilenceCommand),
    ),
    Row(
        Transition.UNSILENCED,
        Reason.SILENCE_ENDED,
        "the silence ended, or the alert came to a level that it does not cover",
        lambda c: c.silence_changes,
    ),
)
TABLE: Final = (LEVELS, COMMANDS, SILENCES)
"""What a record may make of an alert: part by part, of each the first row that applies."""


def dwell(falls: int, rules: AlertRules) -> timedelta:
    """Return how long a lower level must last, after so many falls, before it is believed."""
    return min(rules.dwell * (1 << falls), max(rules.dwell, rules.damping))
