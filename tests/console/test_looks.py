"""A level can be told by its mark, its line and its colour, each of them alone."""

import re
from itertools import product
from pathlib import Path

import pytest

from schemas.assessment import Level
from services.console import looks
from services.console.frame import levels_css
from services.console.looks import LEVELS, NO_DATA, look

LEAST = 4.5
"""The contrast of text with what is behind it (WCAG 2.2, 1.4.3)."""

LIGHT_PAGE, DARK_PAGE = "#ffffff", "#121212"
"""The page's background in both themes, as the page library has it."""

ALL = [*LEVELS.values(), NO_DATA]


@pytest.mark.parametrize("shown", ALL, ids=lambda at: at.mark)
def test_a_level_has_enough_contrast_with_the_page_in_both_themes(shown: looks.Look) -> None:
    assert contrast(shown.light, LIGHT_PAGE) >= LEAST
    assert contrast(shown.dark, DARK_PAGE) >= LEAST


@pytest.mark.parametrize("shown", ALL, ids=lambda at: at.mark)
def test_a_level_has_enough_contrast_with_its_label_on_the_map(shown: looks.Look) -> None:
    # The label is nearly opaque: the land below it may shine through.
    assert contrast(shown.light, over("#ffffff", 0.85, land("light"))) >= LEAST
    assert contrast(shown.dark, over("#000000", 0.75, land("dark"))) >= LEAST


def test_every_level_looks_different_in_each_way() -> None:
    assert set(LEVELS) == set(Level)
    for name in ("mark", "light", "dark", "weight"):
        found = [getattr(at, name) for at in ALL]
        assert len(set(found)) == len(found), name


def test_a_worse_level_has_a_wider_line() -> None:
    widths = [look(level).weight for level in sorted(Level, key=lambda level: level.rank)]
    assert widths == sorted(widths)
    assert look(None).weight < widths[0]


def test_the_page_has_a_rule_for_every_level_in_both_themes() -> None:
    for (name, at), (theme, colour) in product(
        {**{str(level): at for level, at in LEVELS.items()}, "none": NO_DATA}.items(),
        (("light", "light"), ("dark", "dark")),
    ):
        rule = f".body--{theme} .level-{name} {{ color: {getattr(at, colour)}; }}"
        assert rule in levels_css()


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours: 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of an sRGB colour."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    ]
    return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def over(colour: str, opacity: float, below: str) -> str:
    """Return what a colour that is not opaque looks like over another."""
    upper, lower = (bytes.fromhex(one.removeprefix("#")) for one in (colour, below))
    mixed = (round(u * opacity + v * (1 - opacity)) for u, v in zip(upper, lower, strict=True))
    return f"#{bytes(mixed).hex()}"


def land(theme: str) -> str:
    """Return the colour of the land on the map."""
    script = (Path(looks.__file__).parent / "map" / "segment_map.js").read_text()
    found = re.search(r'fillColor: dark \? "(#\w+)" : "(#\w+)"', script)
    assert found, "the map's script names the colour of the land no more"
    return found[1] if theme == "dark" else found[2]
