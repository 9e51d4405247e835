"""What is examined of a model: one row a segment and week, and forecasts that can be judged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.domain.risk import SegmentState
from models.escalation import features
from models.escalation.artifact import load
from models.escalation.health import Health, Sample, examine, horizon, mondays
from models.escalation.labels import LABELS
from models.escalation.registry import newest
from models.escalation.scorer import Scorer
from schemas.incident import Traffic
from schemas.observation import Observed
from tests.builders import NOON, Memory, asserted, effect, tick

MONDAY = datetime(2021, 5, 3, tzinfo=UTC)
"""The first Monday after the noon of all builders, a Thursday."""


def day(number: float) -> datetime:
    """Return the moment so many days after ``MONDAY``."""
    return MONDAY + timedelta(days=number)


def row(state: SegmentState, clock: datetime) -> list[float]:
    return features.values(state.risk, clock)


def sampled(*observations: Observed, weeks: int = 100, sample: Sample | None = None) -> Sample:
    """Return the sample of what a segment was told."""
    found = sample or Sample(weeks, row)
    memory, before = Memory(observations[0]), None
    for observation in observations:
        after = memory.fold(observation)
        found.saw(before, after)
        before = after
    return found


def days_of(sample: Sample) -> list[float]:
    (forecasts,) = sample.forecasts()
    return [d - MONDAY.toordinal() for d, _ in forecasts.rows]


FATAL = asserted(effect(deaths=3))


def test_mondays_are_those_from_a_moment_on_and_before_another() -> None:
    assert list(mondays(NOON, day(0))) == []
    assert list(mondays(NOON, day(8))) == [day(0), day(7)]
    assert list(mondays(day(0), day(7))) == [day(0)]
    assert list(mondays(day(0.1), day(7.1))) == [day(7)]


def test_a_busy_segment_counts_as_often_as_a_quiet_one() -> None:
    busy = [tick(day(hour / 24)) for hour in range(1, 24 * 28)]
    assert (
        days_of(sampled(FATAL, *busy)) == days_of(sampled(FATAL, tick(day(28)))) == [0, 7, 14, 21]
    )


def test_a_row_is_what_was_known_on_that_monday_and_not_what_came_after() -> None:
    later = effect("I-2", deaths=9, start=day(1))
    sample = sampled(FATAL, asserted(later, offset=1, recorded=day(2)), tick(day(8)))
    (forecasts,) = sample.forecasts()
    deaths = features.FEATURE_NAMES.index("deaths_30d")
    assert [values[deaths] for _, values in forecasts.rows] == [3, 12]


def test_what_is_recorded_at_the_monday_itself_counts_as_in_training() -> None:
    sample = sampled(tick(NOON), asserted(effect(deaths=1), recorded=day(0)), tick(day(1)))
    assert days_of(sample) == [0]


def test_a_segment_without_a_fatal_incident_in_five_years_gives_no_row() -> None:
    assert days_of(sampled(asserted(effect()), tick(day(30)))) == []
    later = days_of(sampled(FATAL, tick(day(1820)), tick(day(1900))))
    assert later[-1] == 1820, "the last Monday on which the incident is remembered"


def test_only_the_last_weeks_are_kept() -> None:
    assert days_of(sampled(FATAL, tick(day(70.5)), weeks=3)) == [56, 63, 70]


def test_a_segment_that_gives_no_rows_any_more_keeps_no_old_ones() -> None:
    assert days_of(sampled(FATAL, tick(day(1825)), weeks=3)) == [1806, 1813, 1820]
    assert days_of(sampled(FATAL, tick(day(1825)), tick(day(1900)), weeks=3)) == []


def test_telling_a_record_again_changes_nothing() -> None:
    sample = sampled(FATAL, tick(day(8)))
    assert days_of(sampled(FATAL, tick(day(8)), sample=sample)) == [0, 7]


@pytest.mark.parametrize("traffic", [Traffic.EXERCISE, Traffic.TEST])
def test_traffic_that_is_not_actual_is_left_out(traffic: Traffic) -> None:
    marked = [o.model_copy(update={"traffic": traffic}) for o in (FATAL, tick(day(8)))]
    assert sampled(*marked).forecasts() == []


def test_a_segment_that_another_worker_held_meanwhile_has_no_rows_of_then() -> None:
    sample = sampled(FATAL, tick(day(1)))
    memory = Memory(FATAL)
    before = memory.fold(FATAL, tick(day(20)))
    sample.saw(before, memory.fold(tick(day(22))))
    assert days_of(sample) == [0, 21]


def test_a_segment_that_is_told_of_no_time_any_more_is_left_out() -> None:
    sample = sampled(FATAL, tick(day(1)))
    other = replace(Memory(FATAL).fold(FATAL), segment_id="KGZ-TJK-050-08")
    sample.saw(other, replace(other, clock=day(40), applied=9))
    assert len(sample.forecasts()) == 2
    sample.saw(other, replace(other, clock=day(70), applied=9))
    assert len(sample.forecasts()) == 1
    sample.close()
    assert [forecasts.clock for forecasts in sample.forecasts()] == [day(70)] * 2


def examined(*observations: Observed) -> Health:
    artifact = load(newest())
    return examine(sampled(*observations).forecasts(), Scorer(artifact), None)


def calibrated(health: Health) -> dict[str, tuple[int, int]]:
    return {c.label: (c.forecasts, c.observed) for c in health.calibration}


def test_only_forecasts_whose_horizon_has_passed_for_a_week_are_judged() -> None:
    assert calibrated(examined(FATAL, tick(day(13.9))))["fatal_7d"] == (0, 0)
    assert calibrated(examined(FATAL, tick(day(14))))["fatal_7d"] == (1, 0)
    # The forecast of 10 May overlaps with that of 3 May, and does not count beside it.
    judged = [(20.9, 0), (21, 1), (28, 1), (35, 2)]
    for until, forecasts in judged:
        assert calibrated(examined(FATAL, tick(day(until))))["fatal_14d"] == (forecasts, 0), until


def test_what_happened_is_what_is_now_believed_and_counts_once() -> None:
    late = asserted(effect("I-2", deaths=7, start=day(16)), offset=1, recorded=day(40))
    found = calibrated(examined(FATAL, late, tick(day(60))))
    assert found["fatal_7d"] == (7, 1)
    assert found["fatal_14d"] == (3, 1)
    assert found["escalation_14d"] == (3, 1)


def test_the_horizon_of_a_label_is_in_its_name_too() -> None:
    assert [horizon(label) for label in LABELS] == [14, 7, 14, 14]
    assert all(label.endswith(f"_{horizon(label)}d") for label in LABELS)


def test_an_empty_sample_is_examined_too() -> None:
    found = examine([], Scorer(load(newest())), None)
    assert (found.rows, found.first, found.features) == (0, None, None)
    assert {c.forecasts for c in found.calibration} == {0}
