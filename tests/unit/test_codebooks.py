"""The tables of UCDP and CAMEO onto the taxonomy."""

import json
from pathlib import Path

import pytest

from schemas.codebooks import CAMEO, UCDP_VIOLENCE, UCDP_WHEN, UCDP_WHERE, from_cameo
from schemas.incident import GeoPrecision
from schemas.taxonomy import TYPE_OF, EventType, SubEventType

NAMES = Path(__file__).parents[2].parent / "shared" / "data" / "cameo_codes.json"


def test_every_ucdp_code_has_an_entry() -> None:
    assert list(UCDP_WHERE) == [1, 2, 3, 4, 5, 6, 7]
    assert set(UCDP_WHERE.values()) == set(GeoPrecision)
    assert list(UCDP_WHEN) == [1, 2, 3, 4, 5]


def test_ucdp_words_mean_the_same_as_ucdp_numbers() -> None:
    words = ("State-based violence", "Non-state violence", "One-sided violence")
    for number, word in enumerate(words, start=1):
        assert UCDP_VIOLENCE[word] is UCDP_VIOLENCE[str(number)]


@pytest.mark.parametrize(
    ("code", "sub"),
    [
        ("190", SubEventType.ARMED_CLASH),
        ("193", SubEventType.ARMED_CLASH),
        ("194", SubEventType.SHELLING),
        ("195", SubEventType.AIR_DRONE_STRIKE),
        ("191", SubEventType.ROAD_BLOCKADE),
        ("1831", SubEventType.SUICIDE_BOMB),
        ("1833", SubEventType.REMOTE_EXPLOSIVE),
        ("1453", SubEventType.VIOLENT_DEMONSTRATION),
        ("154", SubEventType.MOVEMENT),
        ("046", SubEventType.TALKS),
        ("0871", SubEventType.AGREEMENT),
        ("0874", SubEventType.WITHDRAWAL),
    ],
)
def test_a_cameo_code_takes_its_longest_prefix(code: str, sub: SubEventType) -> None:
    assert from_cameo(code) == (TYPE_OF[sub], sub)


@pytest.mark.parametrize("code", ["", "0", "010", "112", "42", "201", "2042", "9"])
def test_a_cameo_code_that_says_nothing_about_a_border_has_no_type(code: str) -> None:
    assert from_cameo(code) is None


def test_a_fight_is_never_a_strategic_development_but_for_the_blockade_and_the_ceasefire() -> None:
    strategic = {"191", "196"}
    for number in range(190, 197):
        found = from_cameo(str(number))
        assert found is not None
        assert (found[0] is EventType.STRATEGIC) == (str(number) in strategic)


@pytest.mark.skipif(not NAMES.exists(), reason="../shared/data/cameo_codes.json is absent")
def test_every_code_in_the_table_is_a_code_of_cameo() -> None:
    assert set(CAMEO) <= set(json.loads(NAMES.read_text())["Description"])
