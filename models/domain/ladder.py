"""The ladder of same-day escalation: hours of warning where the model gives days.

A border crisis climbs: works on contested ground, stones, warning shots, shots, heavy weapons.
The model learns from deaths and cannot see the lower steps; these rules can. They are a
transparent judgement, not a fit: each step holds a level for a time, and a fast climb counts worse
than the step that it ends at.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    """A step that was seen, and the lowest step of the climb that it ended, if it ended one."""

    level: int
    step: Step
    at: datetime
    place: str
    start: tuple[Step, datetime, str] | None


@dataclass(slots=True)
class _Steps:
    """When and where one step was seen, in order of time."""

    times: list[datetime] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def view(effects: Sequence[Effect], now: datetime, rules: LadderRules) -> LadderView:
    """Return where the segment stands at ``now``, given its recent incidents."""
    seen: dict[Step, _Steps] = defaultdict(_Steps)
    for effect in sorted((e for e in effects if e.steps and e.start <= now), key=lambda e: e.end):
        for step in effect.steps:
            seen[step].times.append(effect.end)
            seen[step].places.append(effect.place_name)
    held = [found for step in seen for found in _held(step, seen, now, rules)]
    if not held:
        return LadderView(step=None, level=Level.NORMAL, words="no step of the ladder is in force")
    top = max(held, key=lambda s: (s.level, s.step, s.at))
    words = f"{top.step.words} at {top.place}"
    if top.start is not None:
        step, at, place = top.start
        gap = round((top.at - at) / timedelta(hours=1))
        when = f"{gap} hours after" if gap else "together with"
        words += f", {when} {step.words} at {place}"
    return LadderView(step=top.step, level=tuple(Level)[top.level], words=words[:300])


def _held(
    step: Step, seen: Mapping[Step, _Steps], now: datetime, rules: LadderRules
) -> Iterator[_Sighting]:
    """Yield when a step that still holds was last seen, and when it last ended a climb."""
    rung, here = rules.rung(step), seen[step]
    for number in range(len(here.times) - 1, -1, -1):
        at = here.times[number]
        if now - at > rung.holds:
            return
        start = _start_of_climb(step, at, seen, rules)
        if start is None and number < len(here.times) - 1:
            continue
        worse = rules.climb_levels if start is not None else 0
        level = min(rung.level.rank + worse, Level.CRITICAL.rank)
        yield _Sighting(level, step, at, here.places[bisect_left(here.times, at)], start)
        if start is not None:
            return


def _start_of_climb(
    step: Step, at: datetime, seen: Mapping[Step, _Steps], rules: LadderRules
) -> tuple[Step, datetime, str] | None:
    """Return the lowest step from which ``step`` was reached fast enough at ``at``, if any."""
    for lower in Step:
        if step - lower < rules.climb_steps:
            return None
        if lower in seen:
            times = seen[lower].times
            first = bisect_left(times, at - rules.climb_within)
            if first < len(times) and times[first] <= at:
                return lower, times[first], seen[lower].places[first]
    return None
