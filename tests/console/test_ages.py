"""How long ago something was is told in one unit, and whether that is too long."""

from datetime import timedelta

import pytest

from services.console.ages import age, moment
from services.console.freshness import said_of_age
from services.console.words import Words
from tests.builders import NOON, at

EN = Words("en")


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_length_of_time_is_told_in_its_unit(since: timedelta, said: str) -> None:
    assert age(EN, since) == said


def test_an_age_is_told_in_the_language() -> None:
    assert age(Words("ru"), timedelta(hours=3)) == "3 ч"


def test_a_moment_is_told_in_utc() -> None:
    assert moment(NOON) == "2021-04-29 12:00Z"


def test_data_is_late_only_after_the_silence_that_is_allowed() -> None:
    after = timedelta(hours=1)
    assert said_of_age(EN, NOON, at(1), after) == (
        "Up to date: last heard of 60 min ago",
        False,
    )
    text, late = said_of_age(EN, NOON, at(1.01), after)
    assert late
    assert "LATE" in text


def test_a_ledger_of_which_nothing_was_ever_heard_is_not_up_to_date() -> None:
    text, late = said_of_age(EN, None, NOON, timedelta(hours=1))
    assert (text, late) == (EN("age.never"), False)
