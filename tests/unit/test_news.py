"""What a report is to the alert of its segment."""

from datetime import timedelta

import pytest

from models.domain.ladder import MEMORY
from models.domain.news import news_of
from models.domain.posture import News
from models.domain.told import Book
from tests.builders import NOON, asserted, effect

AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (-AN_HOUR, News.NEW_INCIDENT),
        (AN_HOUR, News.NEW_INCIDENT),
        (MEMORY, News.NEW_INCIDENT),
        (MEMORY + AN_HOUR, News.TIME),
        (timedelta(days=4_000), News.TIME),
    ],
)
def test_a_first_report_is_news_unless_what_it_tells_is_long_over(
    ago: timedelta, expected: News
) -> None:
    observation = asserted(effect(start=NOON - ago), recorded=NOON)
    assert news_of(observation, None, Book(), (), 0) is expected
