"""How early each level stood before violence, by record time: what was known when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

from models.domain.violence import ViolentDay
from schemas.assessment import Assessment, Level

RISEN = (Level.WATCH, Level.WARNING, Level.CRITICAL)
AFTERWARDS = timedelta(days=3)
"""How long after violence began a level is still looked for: a lead below zero."""


class By(StrEnum):
    """Whose level: that of the ladder, of the model, or the worse of the two, which is alerted."""

    LADDER = "ladder"
    MODEL = "model"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was said from ``since`` on, until the next standing."""

    since: datetime
    ladder: Level
    model: Level
    ladder_words: str
    model_words: str

    def level(self, by: By) -> Level:
        """Return the level by one of them, or the worse of both."""
        if by is By.BOTH:
            return Level.worst(self.ladder, self.model)
        return self.ladder if by is By.LADDER else self.model

    def words(self, by: By) -> str:
        """Return why: of both, what the worse one says; of equals, the ladder."""
        if by is By.MODEL or (by is By.BOTH and self.model.rank > self.ladder.rank):
            return self.model_words
        return self.ladder_words


Track = tuple[Standing, ...]
"""The standings of one place in order of time; each changes a level, one a moment."""


@dataclass(frozen=True, slots=True)
class Lead:
    """When a level or a worse one was first reached before a violent day.

    Attributes
    ----------
    at
        The record time; None where the level was not reached in the time looked at.
    hours
        [h] From ``at`` to when the violence began; below zero where the level came after.
    hours_to_deaths
        [h] From ``at`` to when the first death was on record; None where none was.
    stood_before
        The level already stood when the time looked at began: the lead is longer than this.
    unbroken_hours
        [h] For how long it stood without a break when the violence began, which may be longer than
        what was looked at; None where it did not stand then: it had lapsed, or came after.
    words
        What caused it.
    """

    by: By
    level: Level
    at: datetime | None = None
    hours: float | None = None
    hours_to_deaths: float | None = None
    stood_before: bool = False
    unbroken_hours: float | None = None
    words: str = ""


def track(assessments: Iterable[Assessment]) -> Track:
    """Return the standings that the assessments of one segment, in the order of the log, make.

    Of several at one moment the last one counts.
    """
    standings: list[Standing] = []
    for a in assessments:
        said = (a.ladder.level, a.model_level, a.ladder.words, _model_words(a))
        _append(standings, Standing(a.recorded_at, *said))
    return tuple(standings)


def worst(tracks: Sequence[tuple[str, Track]]) -> Track:
    """Return the standings of several places, by name, taken together: the worst at each moment."""
    changes = sorted(
        ((s.since, name, s) for name, places in tracks for s in places), key=lambda c: c[:2]
    )
    now: dict[str, Standing] = {}
    standings: list[Standing] = []
    for since, name, changed in changes:
        now[name] = changed
        where, ladder = max(now.items(), key=lambda n: (n[1].ladder.rank, n[1].since))
        there, model = max(now.items(), key=lambda n: (n[1].model.rank, n[1].since))
        _append(
            standings,
            Standing(
                since,
                ladder.ladder,
                model.model,
                f"{where}: {ladder.ladder_words}",
                f"{there}: {model.model_words}",
            ),
        )
    return tuple(standings)


def leads(day: ViolentDay, along: Track, within: timedelta) -> list[Lead]:
    """Return the lead of each level, by each, before a violent day; ``within`` is looked back."""
    return [_lead(day, along, by, level, within) for by in By for level in RISEN]


def in_force(
    along: Track, opens: datetime, ends: datetime
) -> Iterator[tuple[Standing, datetime | None]]:
    """Yield what stood at any moment from ``opens`` to ``ends``, and until when; None: for good."""
    nexts: Iterable[datetime | None] = chain((s.since for s in along[1:]), (None,))
    for standing, until in zip(along, nexts, strict=True):
        if standing.since <= ends and (until is None or until > opens):
            yield standing, until


def _append(standings: list[Standing], one: Standing) -> None:
    """Add a standing; one of the same moment takes the place of the last one's levels."""
    if standings and standings[-1].since == one.since:
        standings.pop()
    if not standings or (standings[-1].ladder, standings[-1].model) != (one.ladder, one.model):
        standings.append(one)


def _lead(day: ViolentDay, along: Track, by: By, level: Level, within: timedelta) -> Lead:
    opens, ends = day.begins - within, day.begins + AFTERWARDS
    reached = [s for s, _ in in_force(along, opens, ends) if s.level(by).rank >= level.rank]
    if not reached:
        return Lead(by, level)
    first = reached[0]
    at = max(first.since, opens)
    spell = _spell(along, by, level, day.begins)
    deaths = day.deaths_known
    return Lead(
        by=by,
        level=level,
        at=at,
        hours=_hours(day.begins - at),
        hours_to_deaths=None if deaths is None else _hours(deaths - at),
        stood_before=first.since < opens,
        unbroken_hours=None if spell is None else _hours(day.begins - spell),
        words=first.words(by),
    )


def _spell(along: Track, by: By, level: Level, moment: datetime) -> datetime | None:
    """Return since when the level stood without a break at ``moment``; None where it did not."""
    since = None
    for standing in reversed([s for s in along if s.since <= moment]):
        if standing.level(by).rank < level.rank:
            break
        since = standing.since
    return since


def _model_words(assessment: Assessment) -> str:
    moved = "; ".join(c.words for c in assessment.contributions[:2])
    chance = f"{assessment.probabilities.escalation_14d:.1%} chance of escalation in 14 days"
    return f"{chance}; {moved}" if moved else chance


def _hours(span: timedelta) -> float:
    return round(span / timedelta(hours=1), 2)
