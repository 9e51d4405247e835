"""When a segment is told of the passage of time."""

from datetime import UTC, datetime

import pytest

from models.domain.ticks import next_tick, ticks
from schemas.base import LATEST


def day(month: int, number: int, hour: int = 0) -> datetime:
    return datetime(2021, month, number, hour, tzinfo=UTC)


def test_a_fresh_segment_is_told_of_every_midnight() -> None:
    assert list(ticks(day(4, 29, 8), day(4, 29, 8), day(5, 2))) == [
        day(4, 30),
        day(5, 1),
        day(5, 2),
    ]


def test_after_sixty_days_only_the_first_of_each_month_is_told() -> None:
    reported = day(1, 1)
    assert list(ticks(day(2, 28), reported, day(5, 1))) == [
        day(3, 1),
        day(3, 2),
        day(4, 1),
        day(5, 1),
    ]


def test_the_months_run_over_the_end_of_the_year() -> None:
    assert next_tick(day(12, 5), day(1, 1)) == datetime(2022, 1, 1, tzinfo=UTC)


def test_a_tick_at_its_own_moment_is_not_due_again() -> None:
    assert next_tick(day(4, 30), day(4, 29)) == day(5, 1)


@pytest.mark.parametrize("clock", [datetime.max.replace(tzinfo=UTC), LATEST])
def test_a_clock_past_the_present_or_at_the_end_of_the_calendar_is_told_nothing(
    clock: datetime,
) -> None:
    assert list(ticks(clock, clock, day(5, 2))) == []
    assert list(ticks(clock, clock, datetime.max.replace(tzinfo=UTC))) == []


def test_a_silence_that_begins_or_ends_is_due_a_tick_of_its_own() -> None:
    starts, ends = day(4, 29, 9), day(4, 30, 17)
    clock = day(4, 29, 8)
    assert next_tick(clock, clock, (starts, ends)) == starts
    assert list(ticks(clock, clock, day(5, 1), (starts, ends))) == [
        starts,
        day(4, 30),
        ends,
        day(5, 1),
    ]


def test_what_began_before_is_no_longer_due() -> None:
    clock = day(4, 29, 8)
    assert next_tick(clock, clock, (clock, day(4, 1))) == day(4, 30)
