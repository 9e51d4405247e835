"""The ladder of same-day escalation: hours of warning where the model gives days.

A border crisis climbs: works on contested ground, stones, warning shots, shots, heavy weapons.
The model learns from deaths and cannot see the lower steps; these rules can. They are a
transparent judgement, not a fit: each step holds a level for a time, and a fast climb counts worse
than the step that it ends at.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

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


class Sightings:
    """The steps that some incidents are: of each, when and where it was seen, in order of time."""

    def __init__(self, effects: Iterable[Effect]) -> None:
        found = sorted((e for e in effects if e.steps), key=attrgetter("end"))
        self.times: dict[Step, list[datetime]] = defaultdict(list)
        self.places: dict[Step, list[str]] = defaultdict(list)
        for effect in found:
            for step in effect.steps:
                self.times[step].append(effect.end)
                self.places[step].append(effect.place_name)


class _Seen:
    """The sightings of several days as one."""

    def __init__(self, days: Iterable[Sightings]) -> None:
        self.times: dict[Step, list[datetime]] = {}
        self.places: dict[Step, list[str]] = {}
        for day in days:
            for step, times in day.times.items():
                self.times.setdefault(step, []).extend(times)
                self.places.setdefault(step, []).extend(day.places[step])


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A step that was seen, and the lowest step of the climb that it ended, if it ended one."""

    level: int
    step: Step
    at: datetime
    place: str
    start: tuple[Step, datetime, str] | None


def view(days: Iterable[Sightings], now: datetime, rules: LadderRules) -> LadderView:
    """Return where the segment stands at ``now``, given what was seen, a day after the other.

    What is dated later than ``now`` counts: it was reported, so it has happened, and the clock of
    who reported it is ahead or its time zone wrong.
    """
    seen = _Seen(days)
    held = [found for step in seen.times for found in _held(step, seen, now, rules)]
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


def _held(step: Step, seen: _Seen, now: datetime, rules: LadderRules) -> Iterator[_Sighting]:
    """Yield when a step that still holds was last seen, and when it last ended a climb."""
    rung, times = rules.rung(step), seen.times[step]
    below = [s for s in sorted(seen.times) if step - s >= rules.climb_steps]
    for number in range(len(times) - 1, -1, -1):
        at = times[number]
        if now - at > rung.holds:
            return
        start = _start_of_climb(below, at, seen, rules)
        last = number == len(times) - 1
        if start is not None or last:
            worse = rules.climb_levels if start is not None else 0
            level = min(rung.level.rank + worse, Level.CRITICAL.rank)
            yield _Sighting(level, step, at, seen.places[step][bisect_left(times, at)], start)
        if start is not None or not below:
            return


def _start_of_climb(
    below: Sequence[Step], at: datetime, seen: _Seen, rules: LadderRules
) -> tuple[Step, datetime, str] | None:
    """Return the lowest step ``below`` from which one was fast enough here at ``at``, if any."""
    for lower in below:
        times = seen.times[lower]
        first = bisect_left(times, at - rules.climb_within)
        if first < len(times) and times[first] <= at:
            return lower, times[first], seen.places[lower][first]
    return None
