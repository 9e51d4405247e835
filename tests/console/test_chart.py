"""A chart can be read by everyone: in both themes, and as a table."""

import re
from itertools import product
from pathlib import Path

import pytest

from services.console import chart
from services.console.chart import Chart, options_of, percent, table_text
from tests.console.test_looks import DARK_PAGE, LIGHT_PAGE, contrast

STYLE = (Path(chart.__file__).parent / "style.css").read_text()

LINE = 3.0
"""The contrast of what a drawing is made of (WCAG 2.2, 1.4.11)."""

TEXT = 4.5

PAGES = {"light": LIGHT_PAGE, "dark": DARK_PAGE}


@pytest.mark.parametrize(("theme", "name"), [*product(PAGES, ("1", "2", "3", "raises", "lowers"))])
def test_what_is_drawn_stands_out_in_both_themes(theme: str, name: str) -> None:
    assert contrast(colours(theme)[name], PAGES[theme]) >= LINE
    assert contrast(colours(theme)[name], colours(theme)["shade"]) >= LINE


@pytest.mark.parametrize(("theme", "name"), [*product(PAGES, ("ink", "quiet"))])
def test_what_is_written_can_be_read_in_both_themes(theme: str, name: str) -> None:
    assert contrast(colours(theme)[name], PAGES[theme]) >= TEXT
    assert contrast(colours(theme)[name], colours(theme)["paper"]) >= TEXT


def test_both_themes_have_the_same_colours() -> None:
    assert colours("light").keys() == colours("dark").keys()
    used = set(re.findall(r"var\(--chart-(\w+)\)", (STYLE + source())))
    assert used <= colours("light").keys()


def test_lines_are_told_apart_without_their_colour() -> None:
    assert len({pen["type"] for pen in chart.PENS}) == len(chart.PENS)
    for number in range(1, len(chart.PENS) + 1):
        assert f"--chart-{number})" in STYLE.split(".keys li::before")[1]


def test_a_chart_has_no_colour_of_its_own_but_the_theme() -> None:
    drawn = options_of(Chart("a name", {"xAxis": chart.axis("value")}, (), ()))
    assert not re.search(r"#[0-9a-f]{3,8}|rgb", str(drawn))
    assert drawn["useUTC"]
    assert not drawn["animation"]


def test_a_table_says_what_its_cells_hold_whatever_that_is() -> None:
    text = table_text(("when", "<what>"), [("now", "<script>alert(1)</script>")])
    assert text == (
        '<table><thead><tr><th scope="col">when</th><th scope="col">&lt;what&gt;</th></tr></thead>'
        '<tbody><tr><th scope="row">now</th><td>&lt;script&gt;alert(1)&lt;/script&gt;</td></tr>'
        "</tbody></table>"
    )


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0, "0.0 %"), (0.0001, "< 0.1 %"), (0.0612, "6.1 %"), (1, "100.0 %")],
)
def test_a_small_probability_is_not_told_as_none(probability: float, said: str) -> None:
    assert percent(probability) == said


def colours(theme: str) -> dict[str, str]:
    """Return the colours of charts in a theme, by name."""
    blocks = re.findall(rf"\.body--{theme} {{(.*?)}}", STYLE, re.DOTALL)
    return dict(re.findall(r"--chart-(\w+): (#\w{6});", "".join(blocks)))


def source() -> str:
    """Return the code of the console."""
    return "".join(path.read_text() for path in Path(chart.__file__).parent.rglob("*.py"))
