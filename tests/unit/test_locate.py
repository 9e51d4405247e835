"""Placing a report on a segment, on a border, or nowhere."""

import numpy as np
import pytest

from models.domain.borders import GEOD, cut
from models.domain.segments import Atlas, NotLocated, OnBorder, OnSegment, WhyNot, distance_km
from schemas.segment import Border
from services.borders import load_segments

# Two borders: one along 40 degrees north for about 171 km, one over the antimeridian.
PLAIN = Border(border_id="AAA-BBB", countries=("AAA", "BBB"), lines=(((70.0, 40.0), (72.0, 40.0)),))
DATE_LINE = Border(
    border_id="CCC-DDD", countries=("CCC", "DDD"), lines=(((179.9, 0.0), (179.9, 0.9)),)
)
ATLAS = Atlas([*cut(PLAIN, 50), *cut(DATE_LINE, 50)])


def test_a_place_near_the_line_is_on_its_nearest_segment() -> None:
    found = ATLAS.locate(40.05, 70.1, 5.0, ())
    assert isinstance(found, OnSegment)
    assert found.segment_id == "AAA-BBB-050-01"


def test_the_distance_is_geodesic() -> None:
    for lat, lon, line in [
        (40.2, 70.5, [(70.0, 40.0), (71.0, 40.0)]),
        (69.9, 25.3, [(25.0, 69.7), (26.0, 69.8)]),
        (-0.1, 30.05, [(30.0, 0.0), (30.0, 1.0), (31.0, 1.0)]),
    ]:
        densified = np.concatenate(
            [
                np.linspace(a, b, 5000)
                for a, b in zip(np.array(line), np.array(line)[1:], strict=False)
            ]
        )
        here = np.full(len(densified), lon), np.full(len(densified), lat)
        exact = GEOD.inv(*here, densified[:, 0], densified[:, 1])[2].min() / 1000
        assert distance_km(lon, lat, np.array(line)) == pytest.approx(exact, rel=0.002)


def test_a_place_beyond_the_limit_is_too_far() -> None:
    assert isinstance(ATLAS.locate(40.22, 71.0, 5.0, ()), OnSegment)
    found = ATLAS.locate(40.23, 71.0, 5.0, ("AAA", "BBB"))
    assert isinstance(found, NotLocated)
    assert found.reason is WhyNot.TOO_FAR


def test_a_radius_of_half_a_segment_is_precise_enough_and_more_is_not() -> None:
    assert isinstance(ATLAS.locate(40.0, 71.0, 25.0, ()), OnSegment)
    assert ATLAS.locate(40.0, 71.0, 25.1, ("BBB", "AAA")) == OnBorder("AAA-BBB")


@pytest.mark.parametrize("countries", [(), ("AAA",), ("AAA", "CCC"), ("AAA", "BBB", "CCC")])
def test_a_coarse_place_that_names_no_watched_border_is_not_guessed(
    countries: tuple[str, ...],
) -> None:
    found = ATLAS.locate(None, None, None, countries)
    assert isinstance(found, NotLocated)
    assert found.reason is WhyNot.TOO_COARSE
    assert "two countries" in found.detail


def test_a_place_at_a_cut_goes_to_the_lower_segment() -> None:
    first, second, *_ = cut(PLAIN, 50)
    lon, lat = first.lines[0][-1]
    assert first.lines[0][-1] == second.lines[0][0]
    found = ATLAS.locate(lat, lon, 5.0, ())
    assert isinstance(found, OnSegment)
    assert found.segment_id == first.segment_id


def test_a_place_beyond_the_antimeridian_is_near() -> None:
    found = ATLAS.locate(0.3, -179.95, 5.0, ())
    assert isinstance(found, OnSegment)
    assert found.distance_km == pytest.approx(16.7, abs=0.1)


@pytest.mark.parametrize("latitude", [90.0, -90.0, 89.99])
def test_the_poles_are_far_from_everything(latitude: float) -> None:
    assert isinstance(ATLAS.locate(latitude, 0.0, 5.0, ()), NotLocated)


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "segment"),
    [
        ("Kok-Tash", 39.959, 70.5203, "KGZ-TJK-050-02"),
        ("Ak-Sai", 39.8788, 70.5099, "KGZ-TJK-050-17"),
        ("Maksat", 40.1274, 69.6921, "KGZ-TJK-050-04"),
        ("Chorkuh", 39.9739, 70.5822, "KGZ-TJK-050-02"),
    ],
)
def test_known_villages_lie_on_their_segments(
    name: str, latitude: float, longitude: float, segment: str
) -> None:
    found = Atlas(load_segments(["KGZ-TJK"], 50)).locate(latitude, longitude, 5.0, ())
    assert isinstance(found, OnSegment), name
    assert found.segment_id == segment
