"""The address of a page says what is shown there, and every link keeps it."""

from datetime import UTC, datetime

import pytest

from schemas.incident import Traffic
from services.console.view import View, asked
from services.gateway import problems
from services.gateway.problems import Problem

THEN = datetime(2021, 4, 29, 12, tzinfo=UTC)


def test_an_address_without_a_word_shows_what_happens_now() -> None:
    assert asked({"to": "/"}) == View()
    assert View().link("/segment/KGZ-TJK-050-07") == "/segment/KGZ-TJK-050-07"


def test_a_link_leads_to_what_its_address_asks_for() -> None:
    view = View(THEN, Traffic.EXERCISE)
    link = view.link("/", of="it")
    assert link == "/?as_of=2021-04-29T12%3A00%3A00Z&traffic=exercise&of=it"
    assert asked({"as_of": "2021-04-29T12:00:00Z", "traffic": "exercise", "of": "it"}) == view


@pytest.mark.parametrize(("name", "value"), [("as_of", "yesterday"), ("traffic", "real")])
def test_what_the_api_does_not_take_is_refused_with_the_value(name: str, value: str) -> None:
    with pytest.raises(Problem) as refused:
        asked({name: value})
    assert refused.value.kind is problems.INVALID
    assert f"{name}: found '{value}'" in refused.value.detail
