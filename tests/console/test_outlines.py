"""The country outlines of the map, from a topology of a few arcs."""

import json
from itertools import pairwise
from typing import Any

from services.console.map.outlines import outlines

SQUARE = [[0, 0], [10, 0], [0, 10], [-10, 0], [0, -10]]
"""A closed arc: the first point, then steps from one to the next."""


def test_a_country_is_a_polygon_of_its_arcs_in_degrees() -> None:
    (found,) = made([SQUARE], [{"type": "Polygon", "arcs": [[0]], "id": "417"}])
    assert found["geometry"]["coordinates"] == [[[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]]


def test_an_arc_that_is_run_backwards_is_turned() -> None:
    there, back = [[0, 0], [10, 0], [0, 10]], [[0, 0], [0, 10], [10, 0]]
    (found,) = made([there, back], [{"type": "Polygon", "arcs": [[0, ~1]], "id": "417"}])
    (ring,) = found["geometry"]["coordinates"][0]
    assert ring == [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]


def test_a_ring_over_the_antimeridian_goes_on_beyond_180_degrees() -> None:
    chain = [[170, 0], [9, 0], [-358, 0], [0, 5], [358, 0], [-9, 0], [0, -5]]
    (found,) = made([chain], [{"type": "Polygon", "arcs": [[0]], "id": "242"}])
    (ring,) = found["geometry"]["coordinates"][0]
    assert [x for x, _ in ring] == [170, 179, 181, 181, 179, 170, 170]
    assert all(abs(b[0] - a[0]) < 180 for a, b in pairwise(ring))


def test_a_ring_too_small_to_see_and_antarctica_are_left_out() -> None:
    dot = [[0, 0], [0, 0], [0, 0]]
    found = made(
        [SQUARE, dot],
        [
            {"type": "MultiPolygon", "arcs": [[[0]], [[1]]], "id": "417"},
            {"type": "Polygon", "arcs": [[0]], "id": "010"},
        ],
    )
    assert [len(one["geometry"]["coordinates"]) for one in found] == [1]


def made(arcs: list[list[list[int]]], countries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the features that a topology of whole degrees gives."""
    text = outlines(
        {
            "transform": {"scale": [1, 1], "translate": [0, 0]},
            "arcs": arcs,
            "objects": {"countries": {"geometries": countries}},
        }
    )
    found: list[dict[str, Any]] = json.loads(text)["features"]
    return found
