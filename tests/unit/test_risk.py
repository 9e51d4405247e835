"""The fold: what it counts, what it refuses, what it remembers."""

import pytest

from models.domain.errors import WrongSegment
from models.domain.risk import HISTORY_DAYS, RECENT, begin
from tests.builders import NOON, Memory, asserted, at, effect, folded, retracted, tick


def test_a_fatal_clash_is_counted_on_the_day_it_ended() -> None:
    state = folded(asserted(effect(deaths=3, end=at(days=2)), recorded=at(days=3)))
    (tally,) = state.risk.tallies
    assert (tally.day, tally.incidents, tally.fatal, tally.deaths) == (
        at(days=2).toordinal(),
        1,
        1,
        3,
    )


def test_unknown_deaths_are_an_incident_but_not_a_fatal_one() -> None:
    (tally,) = folded(asserted(effect(deaths=None))).risk.tallies
    assert (tally.incidents, tally.fatal, tally.deaths) == (1, 0, 0)


def test_a_record_at_or_below_the_applied_offset_changes_nothing() -> None:
    memory = Memory(tick(NOON))
    before = memory.fold(asserted(effect(deaths=3), offset=5))
    assert memory.fold(asserted(effect("I-2", deaths=4), offset=6), offset=0) == before


def test_an_observation_written_twice_counts_once() -> None:
    observed = asserted(effect(deaths=3), offset=5)
    once, twice = folded(observed), folded(observed, observed)
    assert twice.risk == once.risk
    assert twice.applied == 1


def test_a_tick_that_is_not_later_than_the_clock_moves_no_clock() -> None:
    state = folded(asserted(effect()), tick(at(days=1)), tick(at(days=1)), tick(at(hours=1)))
    assert state.clock == at(days=1)


def test_a_revision_takes_the_place_of_what_it_replaces() -> None:
    old, new = effect(deaths=3), effect(revision=2, deaths=13, start=at(days=-1))
    state = folded(asserted(old), asserted(new, offset=1, replaces=old))
    assert state.risk == folded(asserted(new, offset=1)).risk
    assert [t.deaths for t in state.risk.tallies] == [13]


def test_a_retraction_leaves_no_trace() -> None:
    other, gone = effect("I-2", deaths=1), effect(deaths=3)
    state = folded(asserted(other), asserted(gone, offset=1), retracted(gone, offset=2))
    assert state.risk == folded(asserted(other)).risk


def test_a_late_report_does_not_turn_time_back() -> None:
    state = folded(tick(at(days=5)), asserted(effect(), recorded=at(days=2)))
    assert state.clock == at(days=5)


def test_single_incidents_are_forgotten_after_a_fortnight_and_tallies_after_five_years() -> None:
    start = asserted(effect(deaths=1))
    assert list(folded(start, tick(NOON + RECENT)).risk.recent)
    assert not list(folded(start, tick(NOON + RECENT + (at(hours=1) - NOON))).risk.recent)
    assert folded(start, tick(at(days=HISTORY_DAYS))).risk.tallies
    assert not folded(start, tick(at(days=HISTORY_DAYS + 1))).risk.tallies


def test_a_retraction_of_what_was_forgotten_takes_nothing_away() -> None:
    old = effect(deaths=3)
    state = folded(asserted(old), tick(at(days=HISTORY_DAYS + 1)), retracted(old, offset=1))
    assert state.risk == begin(tick(NOON)).risk


def test_an_observation_of_another_segment_is_refused() -> None:
    with pytest.raises(WrongSegment, match="KGZ-TJK-050-08"):
        Memory(tick(NOON)).fold(tick(at(1)).model_copy(update={"segment_id": "KGZ-TJK-050-08"}))


def test_days_that_are_forgotten_are_taken_out_of_memory() -> None:
    memory = Memory(tick(NOON))
    memory.fold(asserted(effect(deaths=1)))
    assert memory.days
    memory.fold(tick(at(days=HISTORY_DAYS + 1)))
    assert not memory.days
