"""What a segment's page is about: a segment, a border as a whole, or nothing that is watched."""

import pytest

from services import borders
from services.console.segment.page import DAYS, period
from services.console.segment.place import place_of
from services.gateway import problems
from services.gateway.asking.places import Places
from services.gateway.problems import Problem
from tests.builders import SEGMENT


@pytest.fixture(scope="module")
def places() -> Places:
    """The watched places."""
    return Places({s.segment_id: s for s in borders.load_segments(("KGZ-TJK",), 50)})


def test_a_segment_has_its_neighbours_and_its_border(places: Places) -> None:
    found = place_of(places, SEGMENT)
    assert (found.border_id, found.number) == ("KGZ-TJK", 7)
    assert list(found.neighbours) == ["KGZ-TJK-050-06", "KGZ-TJK-050-08"]
    assert 40 < found.drawn_km < 60 < 500 < found.border_km
    assert len(found.drawn) == len(places.segments)


def test_a_border_is_a_place_of_its_own(places: Places) -> None:
    found = place_of(places, "KGZ-TJK")
    assert found.number is None
    assert list(found.neighbours) == list(places.segments)
    assert found.drawn_km == found.border_km


@pytest.mark.parametrize(
    ("name", "hint"),
    [("KGZ-TJK-050-99", "did you mean KGZ-TJK-050-09"), ("nowhere", "see the map")],
)
def test_what_is_not_watched_is_told_with_what_to_do(places: Places, name: str, hint: str) -> None:
    with pytest.raises(Problem) as unknown:
        place_of(places, name)
    assert unknown.value.kind is problems.NOT_FOUND
    assert f"'{name}'" in unknown.value.detail
    assert hint in unknown.value.detail


@pytest.mark.parametrize(
    ("asked", "days"), [(None, DAYS), ("365", 365), ("36500", DAYS), ("x", DAYS)]
)
def test_a_period_is_one_of_the_choices(asked: str | None, days: int) -> None:
    assert period(asked) == days
