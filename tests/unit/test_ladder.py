"""The ladder of same-day escalation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain.ladder import LadderRules, Rung, Sightings, view
from schemas.assessment import Level
from schemas.taxonomy import Step
from tests.builders import NOON, at, effect

RULES = LadderRules()


def level(*seen: tuple[float, Step], now: float = 0) -> Level:
    """Return the level at ``now`` [hours] of steps seen at given hours."""
    effects = [
        effect(f"I-{n}", start=at(hours=h), steps=(step,)) for n, (h, step) in enumerate(seen)
    ]
    return view([Sightings(effects)], at(hours=now), RULES).level


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.WORKS, Level.WATCH),
        (Step.STONES, Level.WATCH),
        (Step.WARNING_SHOTS, Level.WATCH),
        (Step.SHOTS, Level.WARNING),
        (Step.HEAVY_WEAPONS, Level.CRITICAL),
    ],
)
def test_each_step_means_a_level(step: Step, expected: Level) -> None:
    assert level((0, step)) is expected


def test_nothing_seen_is_normal() -> None:
    assert view([], NOON, RULES).level is Level.NORMAL


def test_a_climb_of_two_steps_within_a_day_is_one_level_worse() -> None:
    assert level((-20, Step.WORKS), (0, Step.WARNING_SHOTS)) is Level.WARNING
    assert level((-20, Step.STONES), (0, Step.SHOTS)) is Level.CRITICAL


def test_a_climb_of_one_step_or_over_more_than_a_day_is_not() -> None:
    assert level((-20, Step.STONES), (0, Step.WARNING_SHOTS)) is Level.WATCH
    assert level((-25, Step.STONES), (0, Step.SHOTS)) is Level.WARNING


def test_going_down_the_ladder_is_no_climb() -> None:
    assert level((-2, Step.SHOTS), (-1, Step.WORKS)) is Level.WARNING


def test_a_step_holds_its_level_for_its_time() -> None:
    assert level((0, Step.HEAVY_WEAPONS), now=7 * 24) is Level.CRITICAL
    assert level((0, Step.HEAVY_WEAPONS), now=7 * 24 + 1) is Level.NORMAL


def test_one_incident_can_climb_by_itself() -> None:
    both = effect(steps=(Step.STONES, Step.SHOTS))
    assert view([Sightings([both])], NOON, RULES).level is Level.CRITICAL


def test_what_is_dated_ahead_of_its_record_counts_at_once() -> None:
    assert level((0.0001, Step.SHOTS), now=0) is Level.WARNING
    assert level((5, Step.SHOTS), now=0) is Level.WARNING
    assert level((-5, Step.STONES), (5, Step.SHOTS), now=0) is Level.CRITICAL


def test_the_words_name_the_step_the_place_and_the_climb() -> None:
    before = Sightings([effect("I-1", start=at(hours=-21), steps=(2,), place_name="Golovnoy")])
    today = Sightings([effect("I-2", start=NOON, steps=(5,))])
    words = view([before, today], NOON, RULES).words
    assert words == "heavy weapons at Kok-Tash, 21 hours after stone-throwing at Golovnoy"


def test_the_rules_given_are_those_that_count() -> None:
    seen = [
        effect("I-1", start=at(hours=-30), steps=(Step.STONES,)),
        effect("I-2", start=NOON, steps=(Step.SHOTS,)),
    ]
    rules = replace(RULES, climb_within=timedelta(hours=30))
    assert view([Sightings(seen)], NOON, rules).level is Level.CRITICAL
    assert view([Sightings(seen)], NOON, replace(rules, climb_steps=3)).level is Level.WARNING
    assert view([Sightings(seen)], NOON, replace(rules, climb_levels=0)).level is Level.WARNING
    mild = Rung(Level.WATCH, timedelta(hours=1))
    low = replace(rules, shots=mild, climb_levels=2)
    assert view([Sightings(seen)], NOON, low).level is Level.CRITICAL
    brief = replace(low, stones=mild)
    assert view([Sightings(seen)], at(hours=1), brief).step is Step.SHOTS
    assert view([Sightings(seen)], at(hours=1, days=0.001), brief).level is Level.NORMAL
