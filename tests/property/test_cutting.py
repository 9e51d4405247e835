"""Laws of cutting over random borders."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.borders import cut, length_km
from schemas.segment import Border, Line

coordinates = st.tuples(
    st.integers(-1_700_000, 1_700_000).map(lambda n: n / 10_000),
    st.integers(-800_000, 800_000).map(lambda n: n / 10_000),
)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A line that wanders in steps of up to about 20 km."""
    lon, lat = draw(coordinates)
    points = [(lon, lat)]
    steps = st.tuples(st.integers(-2000, 2000), st.integers(-2000, 2000))
    for dx, dy in draw(st.lists(steps.filter(any), min_size=1, max_size=25)):
        lon, lat = round(lon + dx / 10_000, 4), round(lat + dy / 10_000, 4)
        points.append((lon, lat))
    return tuple(points)


def border(line: Line) -> Border:
    return Border(border_id="AAA-BBB", countries=("AAA", "BBB"), lines=(line,))


@given(lines(), st.integers(5, 100))
def test_segments_join_end_to_end_and_add_up(line: Line, nominal_km: int) -> None:
    found = cut(border(line), nominal_km)
    assert found[0].lines[0][0] == line[0]
    assert found[-1].lines[0][-1] == line[-1]
    assert all(a.lines[0][-1] == b.lines[0][0] for a, b in pairwise(found))
    assert sum(s.drawn_km for s in found) == pytest.approx(length_km(line), rel=0.001, abs=0.01)


@given(lines(), st.integers(5, 100))
def test_segments_are_equally_long_and_as_near_to_the_length_asked_for_as_can_be(
    line: Line, nominal_km: int
) -> None:
    found = cut(border(line), nominal_km)
    assert max(s.drawn_km for s in found) - min(s.drawn_km for s in found) < 0.01
    assert len(found) == max(1, round(length_km(line) / nominal_km))


@given(lines(), st.integers(5, 100))
def test_cutting_again_gives_the_same_segments(line: Line, nominal_km: int) -> None:
    assert cut(border(line), nominal_km) == cut(border(line), nominal_km)
