"""The ladder of same-day escalation: hours of warning where the model gives days.

A border crisis climbs: works on contested ground, stones, warning shots, shots, heavy weapons.
The model learns from deaths and cannot see the lower steps; these rules can. They are a
transparent judgement, not a fit: each step holds a level for a time, and a fast climb counts worse
than the step that it ends at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from models.domain.durations import in_words
from models.domain.errors import UnsoundLadder
from schemas.assessment import LadderView, Level
from schemas.observation import Effect
from schemas.taxonomy import Step

MEMORY = timedelta(days=14)
"""How long the state keeps single incidents: no step can hold for longer."""


@dataclass(frozen=True, slots=True)
class Rung:
    """The level that a step means, and for how long after it was last seen."""

    level: Level
    holds: timedelta


@dataclass(frozen=True, slots=True)
class LadderRules:
    """What each step means and how fast a climb counts as worse.

    A climb of ``climb_steps`` steps or more within ``climb_within`` counts ``climb_levels`` levels
    worse than the step that it ends at.

    Raises
    ------
    UnsoundLadder
        The values contradict each other, or what the state remembers.
    """

    works: Rung = Rung(Level.WATCH, timedelta(days=2))
    stones: Rung = Rung(Level.WATCH, timedelta(days=3))
    warning_shots: Rung = Rung(Level.WATCH, timedelta(days=3))
    shots: Rung = Rung(Level.WARNING, timedelta(days=7))
    heavy_weapons: Rung = Rung(Level.CRITICAL, timedelta(days=7))
    climb_within: timedelta = timedelta(days=1)
    climb_steps: int = 2
    climb_levels: int = 1

    def __post_init__(self) -> None:
        """Refuse rules that cannot be meant."""
        _within("climb_steps", self.climb_steps, 1, len(Step) - 1)
        _within("climb_levels", self.climb_levels, 0, Level.CRITICAL.rank)
        _lasting("climb_within", self.climb_within, MEMORY)
        for step in Step:
            # A climb is known for as long as its lower step is remembered.
            _lasting(f"{field_of(step)}.holds", self.rung(step).holds, MEMORY - self.climb_within)
        for lower, higher in pairwise(Step):
            self._ascend(lower, higher)

    def rung(self, step: Step) -> Rung:
        """Return what ``step`` means."""
        rung: Rung = getattr(self, field_of(step))
        return rung

    def _ascend(self, lower: Step, higher: Step) -> None:
        floor, found = self.rung(lower).level, self.rung(higher).level
        if found.rank < floor.rank:
            expected = (
                f"expected {floor} or worse, since {field_of(lower)}, a lower step, is {floor}; "
                "raise this level or lower that one"
            )
            raise UnsoundLadder(f"{field_of(higher)}.level", found, expected)


def field_of(step: Step) -> str:
    """Return the name of the rule of ``step``."""
    return step.name.lower()


def _within(field: str, found: int, least: int, most: int) -> None:
    if not least <= found <= most:
        raise UnsoundLadder(field, str(found), f"expected a whole number from {least} to {most}")


def _lasting(field: str, found: timedelta, most: timedelta) -> None:
    if found < timedelta(0):
        raise UnsoundLadder(field, in_words(found), "expected no time below zero, e.g. 2 days")
    if found > most:
        expected = (
            f"expected at most {in_words(most)}: incidents are remembered one by one for "
            f"{in_words(MEMORY)}, and a step that holds needs those of its climb before it too"
        )
        raise UnsoundLadder(field, in_words(found), expected)


@dataclass(frozen=True, slots=True)
class _Sighting:
    step: Step
    at: datetime
    place: str


def view(effects: Sequence[Effect], now: datetime, rules: LadderRules) -> LadderView:
    """Return where the segment stands at ``now``, given its recent incidents."""
    seen = [_Sighting(s, e.end, e.place_name) for e in effects for s in e.steps if e.start <= now]
    held = [s for s in seen if now - s.at <= rules.rung(s.step).holds]
    if not held:
        return LadderView(step=None, level=Level.NORMAL, words="no step of the ladder is in force")
    top = max(held, key=lambda s: (_level(s, seen, rules).rank, s.step, s.at))
    level = _level(top, seen, rules)
    words = f"{top.step.words} at {top.place}"
    start = _start_of_climb(top, seen, rules)
    if start is not None:
        gap = round((top.at - start.at) / timedelta(hours=1))
        when = f"{gap} hours after" if gap else "together with"
        words += f", {when} {start.step.words} at {start.place}"
    return LadderView(step=top.step, level=level, words=words[:300])


def _level(top: _Sighting, seen: Sequence[_Sighting], rules: LadderRules) -> Level:
    own = rules.rung(top.step).level.rank
    climbed = _start_of_climb(top, seen, rules) is not None
    worse = rules.climb_levels if climbed else 0
    return tuple(Level)[min(own + worse, Level.CRITICAL.rank)]


def _start_of_climb(
    top: _Sighting, seen: Sequence[_Sighting], rules: LadderRules
) -> _Sighting | None:
    """Return the lowest step from which ``top`` was reached fast enough, if any."""
    below = [
        s
        for s in seen
        if top.step - s.step >= rules.climb_steps
        and timedelta(0) <= top.at - s.at <= rules.climb_within
    ]
    return min(below, key=lambda s: (s.step, s.at), default=None)
