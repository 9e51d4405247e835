"""Borders: made from the atlas, cut into segments, the same on every machine."""

import json
import os
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from models.domain.borders import cut, length_km
from services.borders import (
    UnknownBorder,
    as_geojson,
    between,
    build_borders,
    load_segments,
    world_atlas,
)


def test_the_kyrgyz_tajik_segments_keep_their_names_places_and_lengths() -> None:
    found = load_segments(["KGZ-TJK"], 50)
    assert [s.segment_id for s in found] == [f"KGZ-TJK-050-{n:02d}" for n in range(1, 18)]
    assert {s.drawn_km for s in found[:16]} == {49.138}
    assert found[16].drawn_km == 51.852
    assert (found[0].lines[0][0], found[16].lines[0][0]) == ((70.9585, 40.2377), (70.4833, 39.8662))
    assert found[0].neighbours == ("KGZ-TJK-050-02",)
    assert found[16].neighbours == ()


def test_the_pieces_add_up_to_the_border_for_every_border_of_the_world() -> None:
    from services.borders import _borders

    for border in _borders().values():
        whole = sum(length_km(line) for line in border.lines)
        pieces = sum(s.drawn_km for s in cut(border, 50))
        assert pieces == pytest.approx(whole, rel=0.001), border.border_id


def test_the_world_has_unique_segments_of_about_the_length_asked_for() -> None:
    world = load_segments(None, 50)
    assert len({s.segment_id for s in world}) == len(world) > 4000
    assert max(s.drawn_km for s in world) < 2 * 50
    borders = {s.border_id for s in world}
    assert {"KGZ-TJK", "RUS-UKR", "IND-PAK", "CHN-IND", "SDN-SSD", "KOR-PRK"} <= borders


def test_a_misspelt_border_is_answered_with_what_was_meant() -> None:
    with pytest.raises(UnknownBorder, match="KGZ-TJK"):
        load_segments(["TJK-KGZ"], 50)


def test_borders_are_found_by_their_countries() -> None:
    assert between(["TJK", "kgz", "UZB"]) == ["KGZ-TJK", "KGZ-UZB", "TJK-UZB"]
    with pytest.raises(UnknownBorder, match="GBR, TJK"):
        between(["GBR", "TJK"])


def test_geojson_carries_the_official_length_beside_the_drawn_one() -> None:
    collection = as_geojson(load_segments(["KGZ-TJK"], 50))
    properties = collection["features"][0]["properties"]
    assert properties["drawn_km"] == 49.138
    assert [d["official_km"] for d in properties["delimitation"]] == [971.0, 1006.84]
    json.dumps(collection)


def test_the_committed_borders_are_what_the_atlas_gives() -> None:
    source = os.environ.get("FOREWARN_WORLD_ATLAS")
    if source is None and shutil.which("npm") is None:
        pytest.skip("no source of borders: neither FOREWARN_WORLD_ATLAS nor npm")
    made = build_borders(world_atlas(Path(source) if source else None))
    committed = files("models").joinpath("geo", "borders.geojson").read_text()
    assert made == committed, "run: forewarn segments build --world --redraw"
