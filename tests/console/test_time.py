"""The time of a ledger as a slider has it: steps, paces, the plot, and where to look."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.assessment import Level
from services.console import timeline
from services.console.timeline import Stretch
from services.ledger.timeline import Change
from tests.builders import at

WATCH, WARNING, CRITICAL = Level.WATCH, Level.WARNING, Level.CRITICAL
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

changes = st.lists(
    st.builds(
        Change,
        at=st.integers(0, 50).map(at),
        alert_id=st.sampled_from(["A", "B", "C"]),
        sequence=st.integers(1, 9),
        level=st.sampled_from([None, WATCH, WARNING, CRITICAL]),
    ),
    unique_by=lambda change: (change.alert_id, change.sequence),
).map(lambda found: sorted(found, key=lambda c: (c.at, c.alert_id, c.sequence)))


@pytest.mark.parametrize(
    ("span", "step"),
    [
        (timedelta(), timedelta(minutes=1)),
        (5_000 * timedelta(minutes=1), timedelta(minutes=1)),
        (5_001 * timedelta(minutes=1), timedelta(minutes=5)),
        (timedelta(days=30), timedelta(minutes=15)),
        (timedelta(days=4_000), DAY),
        (timedelta(days=1_000_000), timedelta(days=30)),
    ],
)
def test_a_step_is_as_small_as_five_thousand_of_them_allow(
    span: timedelta, step: timedelta
) -> None:
    assert timeline.step(at(0), at(0) + span) == step


def test_steps_lie_where_a_reader_counts_them() -> None:
    found = timeline.floor(datetime(2021, 4, 29, 17, 44, 3, tzinfo=UTC), 6 * HOUR)
    assert found == datetime(2021, 4, 29, 12, tzinfo=UTC)
    assert timeline.floor(found, 6 * HOUR) == found


@pytest.mark.parametrize("days", [0, 0.1, 3, 400, 4_000])
def test_at_each_pace_all_of_the_time_plays_within_a_quarter_of_an_hour(days: float) -> None:
    offered, first = timeline.paces(at(0), at(0) + days * DAY)
    assert first in offered
    assert all(days * DAY / pace <= 900 for pace in offered)
    assert offered == sorted(offered)


def test_eleven_years_begin_at_a_month_a_second() -> None:
    offered, first = timeline.paces(at(0), at(0) + 4_108 * DAY)
    assert first == 30 * DAY
    assert 7 * DAY in offered


def test_alerts_stand_from_raised_to_ended_and_the_worst_counts() -> None:
    found = timeline.stretches(
        [
            Change(at(0), "A", 1, WATCH),
            Change(at(1), "B", 1, WARNING),
            Change(at(2), "A", 2, CRITICAL),
            Change(at(3), "B", 2, None),
            Change(at(3), "C", 1, WATCH),
            Change(at(4), "A", 3, None),
            Change(at(5), "C", 2, None),
        ]
    )
    assert found == [
        Stretch(at(0), 1, WATCH),
        Stretch(at(1), 2, WARNING),
        Stretch(at(2), 2, CRITICAL),
        Stretch(at(3), 2, CRITICAL),
        Stretch(at(4), 1, WATCH),
        Stretch(at(5), 0, None),
    ]


@given(changes)
def test_at_every_moment_as_many_stand_as_their_last_transitions_say(
    told: list[Change],
) -> None:
    course = timeline.stretches(told)
    for moment in range(51):
        known = {
            c.alert_id: c for c in sorted(told, key=lambda c: c.sequence) if c.at <= at(moment)
        }
        levels = [c.level for c in known.values() if c.level is not None]
        now = [s for s in course if s.since <= at(moment)]
        expected = (len(levels), Level.worst(*levels) if levels else None)
        assert ((now[-1].open, now[-1].worst) if now else (0, None)) == expected


def test_a_column_has_the_worst_of_its_time_however_short_it_was() -> None:
    course = [
        Stretch(at(1.1), 1, CRITICAL),
        Stretch(at(1.2), 0, None),
        Stretch(at(2), 1, WATCH),
        Stretch(at(4), 0, None),
    ]
    found = timeline.columns(course, at(0), at(6), 6)
    assert found == [(0, None), (1, CRITICAL), (1, WATCH), (1, WATCH), (0, None), (0, None)]


def test_what_still_stands_is_plotted_to_the_end() -> None:
    found = timeline.columns([Stretch(at(5), 2, WARNING)], at(0), at(10), 4)
    assert found == [(0, None), (0, None), (2, WARNING), (2, WARNING)]


@given(changes, st.integers(1, 30))
def test_no_alert_is_missing_from_the_plot(told: list[Change], count: int) -> None:
    course = timeline.stretches(told)
    found = timeline.columns(course, at(0), at(50), count)
    assert max(n for n, _ in found) == max((s.open for s in course), default=0)


def test_an_alert_counts_in_each_period_that_it_stood_in() -> None:
    first, last = datetime(2018, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
    raised, worse = datetime(2019, 12, 30, tzinfo=UTC), datetime(2021, 3, 1, tzinfo=UTC)
    course = [
        Stretch(raised, 1, WATCH),
        Stretch(worse, 2, CRITICAL),
        Stretch(datetime(2022, 1, 1, tzinfo=UTC), 0, None),
    ]
    found = timeline.periods(course, first, last)
    assert [timeline.named(p, first, last) for p in found] == ["2021", "2020", "2019"]
    assert [(p.peak.since, p.peak.worst, p.most) for p in found] == [
        (worse, CRITICAL, 2),
        (datetime(2020, 1, 1, tzinfo=UTC), WATCH, 1),
        (raised, WATCH, 1),
    ]


@pytest.mark.parametrize(
    ("days", "names"),
    [(200, ["2021-05", "2021-04"]), (10, ["2021-05-01", "2021-04-30", "2021-04-29"])],
)
def test_shorter_times_have_shorter_periods(days: int, names: list[str]) -> None:
    course = [Stretch(at(0), 1, WATCH), Stretch(at(40), 0, None)]
    found = timeline.periods(course, at(0), at(0) + days * DAY)
    assert [timeline.named(p, at(0), at(0) + days * DAY) for p in found] == names


def test_the_changes_beside_a_moment_are_never_itself() -> None:
    course = [Stretch(at(1), 1, WATCH), Stretch(at(2), 2, WATCH), Stretch(at(3), 0, None)]
    assert timeline.beside(course, at(2)) == (at(1), at(3))
    assert timeline.beside(course, at(2.5)) == (at(2), at(3))
    assert timeline.beside(course, at(1)) == (None, at(2))
    assert timeline.beside(course, at(3)) == (at(2), None)
    assert timeline.beside([], at(3)) == (None, None)
