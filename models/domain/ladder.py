"""The ladder of same-day escalation: hours of warning where the model gives days.

A border crisis climbs: works on contested ground, stones, warning shots, shots, heavy weapons.
The model learns from deaths and cannot see the lower steps; these rules can. They are a
transparent judgement, not a fit: each step holds a level for a time, and a climb of two steps or
more within a day counts one level worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.assessment import LadderView, Level
from schemas.observation import Effect
from schemas.taxonomy import Step


@dataclass(frozen=True, slots=True)
class Rung:
    """The level that a step means, and for how long after it was last seen."""

    level: Level
    holds: timedelta


@dataclass(frozen=True, slots=True)
class LadderRules:
    """What each step means and how fast a climb counts double."""

    works: Rung = Rung(Level.WATCH, timedelta(days=2))
    stones: Rung = Rung(Level.WATCH, timedelta(days=3))
    warning_shots: Rung = Rung(Level.WATCH, timedelta(days=3))
    shots: Rung = Rung(Level.WARNING, timedelta(days=7))
    heavy_weapons: Rung = Rung(Level.CRITICAL, timedelta(days=7))
    climb_within: timedelta = timedelta(days=1)
    climb_steps: int = 2

    def rung(self, step: Step) -> Rung:
        """Return what ``step`` means."""
        rung: Rung = getattr(self, step.name.lower())
        return rung


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
    return tuple(Level)[min(own + climbed, Level.CRITICAL.rank)]


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
