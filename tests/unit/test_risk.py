"""The fold: what it counts, what it refuses, what it remembers."""

import pytest

from models.domain.errors import WrongSegment
from models.domain.risk import HISTORY_DAYS, RECENT, SegmentState, begin, fold
from schemas.observation import AssertObservation, RetractObservation, Tick
from tests.builders import NOON, asserted, at, effect, retracted, tick


def after(*observations: AssertObservation | RetractObservation | Tick) -> SegmentState:
    state = begin(observations[0])
    for offset, observation in enumerate(observations):
        state = fold(state, observation, offset)
    return state


def test_a_fatal_clash_is_counted_on_the_day_it_ended() -> None:
    state = after(asserted(effect(deaths=3, end=at(days=2)), recorded=at(days=3)))
    (tally,) = state.risk.tallies
    assert (tally.day, tally.incidents, tally.fatal, tally.deaths) == (
        at(days=2).toordinal(),
        1,
        1,
        3,
    )


def test_unknown_deaths_are_an_incident_but_not_a_fatal_one() -> None:
    (tally,) = after(asserted(effect(deaths=None))).risk.tallies
    assert (tally.incidents, tally.fatal, tally.deaths) == (1, 0, 0)


def test_a_record_at_or_below_the_applied_offset_changes_nothing() -> None:
    state = after(asserted(effect(deaths=3), offset=5))
    assert fold(state, asserted(effect("I-2", deaths=4), offset=6), 0) == state


def test_an_observation_written_twice_counts_once() -> None:
    observed = asserted(effect(deaths=3), offset=5)
    once, twice = after(observed), after(observed, observed)
    assert twice.risk == once.risk
    assert twice.applied == 1


def test_a_tick_that_is_not_later_than_the_clock_moves_no_clock() -> None:
    state = after(asserted(effect()), tick(at(days=1)), tick(at(days=1)), tick(at(hours=1)))
    assert state.clock == at(days=1)


def test_a_revision_takes_the_place_of_what_it_replaces() -> None:
    old, new = effect(deaths=3), effect(revision=2, deaths=13, start=at(days=-1))
    state = after(asserted(old), asserted(new, offset=1, replaces=old))
    assert state.risk == after(asserted(new, offset=1)).risk


def test_a_retraction_leaves_no_trace() -> None:
    other, gone = effect("I-2", deaths=1), effect(deaths=3)
    state = after(asserted(other), asserted(gone, offset=1), retracted(gone, offset=2))
    assert state.risk == after(asserted(other)).risk


def test_a_late_report_does_not_turn_time_back() -> None:
    state = after(tick(at(days=5)), asserted(effect(), recorded=at(days=2)))
    assert state.clock == at(days=5)


def test_single_incidents_are_forgotten_after_a_fortnight_and_tallies_after_five_years() -> None:
    start = asserted(effect(deaths=1))
    assert after(start, tick(NOON + RECENT)).risk.recent
    assert not after(start, tick(NOON + RECENT + (at(hours=1) - NOON))).risk.recent
    assert after(start, tick(at(days=HISTORY_DAYS))).risk.tallies
    assert not after(start, tick(at(days=HISTORY_DAYS + 1))).risk.tallies


def test_a_retraction_of_what_was_forgotten_takes_nothing_away() -> None:
    old = effect(deaths=3)
    state = after(asserted(old), tick(at(days=HISTORY_DAYS + 1)), retracted(old, offset=1))
    assert state.risk == begin(tick(NOON)).risk


def test_an_observation_of_another_segment_is_refused() -> None:
    with pytest.raises(WrongSegment, match="KGZ-TJK-050-08"):
        fold(begin(tick(NOON)), tick(NOON).model_copy(update={"segment_id": "KGZ-TJK-050-08"}), 0)
