"""The backtest's report: one page that loads nothing and says what ``metrics.json`` says."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from models.escalation import artifact, card, words
from models.escalation.artifact import Manifest
from models.escalation.figures import Figures, LeftOut, Measured, Part, Protocol
from models.escalation.forecasts import Forecasts
from models.escalation.registry import newest
from models.escalation.skill import figures as measured
from schemas.segment import Segment
from services.backtest import report
from services.borders import load_segments
from tests.forecast_builders import made

BORDERS = ["AFG-PAK", "CMR-NGA", "COL-VEN", "IND-PAK", "IRN-IRQ", "KGZ-TJK", "MLI-NER", "SYR-TUR"]
PROTOCOL = Protocol(
    data_file="ged <1>.parquet",
    data_sha256="a" * 64,
    data_rows=1234,
    first_day=date(1989, 1, 1),
    last_day=date(2018, 1, 31),
    held_out_borders=("KGZ-TJK",),
    refits=(date(2015, 1, 1), date(2016, 1, 1)),
    draws=40,
    seed=1,
    libraries={"scikit-learn": "1.9.1"},
)


class Page(HTMLParser):
    """What a browser would find: tags with attributes, ids, and the text of marked cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.cells: dict[str, str] = {}
        self._cell: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag == "small":
            self._cell = None
        elif tag == "td":
            gain = f"gain {found['data-gain']}" if "data-gain" in found else None
            self._cell = found.get("data-figure", gain)

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.cells[self._cell] = self.cells.get(self._cell, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "small"):
            self._cell = None


@pytest.fixture(scope="module")
def forecasts() -> list[Forecasts]:
    one = made(names=BORDERS, per_border=2, weeks=120, share=0.08)
    other = made(names=BORDERS, per_border=2, weeks=120, share=0.12, seed=2)
    return [one, replace(other, label="fatal_7d")]


@pytest.fixture(scope="module")
def figures(forecasts: list[Forecasts]) -> Figures:
    left_out = LeftOut(border="AFG-PAK", rows=240, positives=60, ap_in=0.41, ap_out=None)
    found = measured(PROTOCOL, forecasts)
    return found.model_copy(update={"leave_one_border_out": (left_out,)})


@pytest.fixture(scope="module")
def segments() -> tuple[Segment, ...]:
    return load_segments(BORDERS, 50)


@pytest.fixture(scope="module")
def folder(
    figures: Figures,
    forecasts: list[Forecasts],
    segments: tuple[Segment, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("backtest") / "new"
    report.write(folder, figures, forecasts, segments)
    return folder


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / report.REPORT_FILE).read_text()


def test_metrics_json_reads_back_as_it_was(folder: Path, figures: Figures) -> None:
    metrics = (folder / report.METRICS_FILE).read_text()
    assert Figures.model_validate_json(metrics) == figures
    assert "NaN" not in metrics


def test_the_page_loads_nothing(text: str) -> None:
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert "url(" not in text.replace("url(#", "")
    for tag, attributes in Page(text).tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "img", "base"), tag
        assert "src" not in attributes
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith("#")


def test_every_reference_within_the_page_leads_to_one_place(text: str) -> None:
    tags = Page(text).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = {a[n][1:] for _, a in tags for n in ("href", "xlink:href") if n in a}
    assert links <= set(ids)


def test_the_page_shows_the_figures_of_metrics_json(text: str, folder: Path) -> None:
    written = Figures.model_validate_json((folder / report.METRICS_FILE).read_bytes())
    cells = Page(text).cells
    for label in written.labels:
        for name in ("model", "reference boosted", "logistic", "ewma 30 d"):
            expected = words.figure(label.models[name].average_precision)
            assert cells[f"{label.label}/{name}"] == expected
        gains = {gain.over: words.gain(gain.difference) for gain in label.gains}
        for name in ("reference boosted", "logistic", "ewma 30 d"):
            assert cells[f"gain {label.label}/{name}"] == gains[name]
        for budget in label.models["model"].budgets:
            assert words.percent(budget.precision) in text
        for part in (*label.continents, *label.years):
            assert words.figure(part.average_precision["model"]) in text


def test_every_plot_has_words_and_all_text_is_escaped(text: str) -> None:
    pictures = [a for _, a in Page(text).tags if a.get("role") == "img"]
    assert len(pictures) == 2 * (6 + 1)
    assert all(len(a["aria-label"]) > 40 for a in pictures)
    assert "ged &lt;1&gt;.parquet" in text
    assert "ged <1>" not in text


def test_every_colour_of_a_plot_is_one_that_the_night_can_change(text: str) -> None:
    plots = text[text.index("<main>") :]
    assert "#000000" not in plots
    assert "#ffffff" not in plots
    for name in ("--model", "--watch", "--grid"):
        assert f"var({name})" in plots
        assert text.count(f"{name}:") == 2


def test_the_same_figures_give_the_same_page(
    figures: Figures,
    forecasts: list[Forecasts],
    segments: tuple[Segment, ...],
    text: str,
    tmp_path: Path,
) -> None:
    _, page = report.write(tmp_path, figures, forecasts, segments)
    assert page.read_text() == text


def test_figures_of_other_labels_are_refused(
    figures: Figures, forecasts: list[Forecasts], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="expected the same labels"):
        report.write(tmp_path, figures, forecasts[:1], ())


def test_a_single_test_year_and_a_single_model_still_make_a_page(tmp_path: Path) -> None:
    short = made(borders=2, weeks=40, models={"model": 1.0})
    _, page = report.write(tmp_path, measured(PROTOCOL, [short]), [short], ())
    assert "there is only one" in page.read_text()


def test_a_label_of_which_nothing_came_true_still_makes_a_page(tmp_path: Path) -> None:
    some = made(borders=6, per_border=1, weeks=120, models={"model": 1.0, "ewma 30 d": 0.5})
    none = replace(
        some,
        truth=np.zeros(len(some.truth), dtype=np.bool_),
        first_event=np.full(len(some.truth), -1),
    )
    found = measured(PROTOCOL, [none])
    assert found.labels[0].models["model"].average_precision == Measured(value=None)
    assert found.labels[0].places == ()
    _, page = report.write(tmp_path, found, [none], ())
    assert "0 came true" in page.read_text()
    assert "nan" not in page.read_text().lower().replace("finance", "")


def test_the_command_line_starts_without_matplotlib() -> None:
    code = "import services.cli, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --------------------------------------------------------------------- card


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return artifact.load(newest()).manifest


def test_the_card_says_what_metrics_json_says(figures: Figures, manifest: Manifest) -> None:
    said = card.card(figures, manifest)
    for label in figures.labels:
        assert words.figure(label.models["model"].average_precision) in said
        assert all(words.gain(gain.difference) in said for gain in label.gains)
        assert words.percent(label.models["model"].budgets[0].onsets_caught) in said
        assert words.count(label.missed_positives) in said
    assert PROTOCOL.data_sha256 in said
    assert "Sundberg & Melander" in said
    assert "\n\n\n" not in said


def test_another_figure_makes_another_card(figures: Figures, manifest: Manifest) -> None:
    one, *rest = figures.labels
    changed = one.model_copy(update={"missed_positives": one.missed_positives + 1})
    other = figures.model_copy(update={"labels": (changed, *rest)})
    assert card.card(other, manifest) != card.card(figures, manifest)


def test_the_weakest_places_are_those_where_the_model_adds_least(figures: Figures) -> None:
    def part(name: str, ours: float, theirs: float, enough: bool = True) -> Part:
        both = {"model": Measured(value=ours), "ewma 30 d": Measured(value=theirs)}
        return Part(name=name, rows=9, positives=9, enough=enough, average_precision=both)

    places = (part("A", 0.5, 0.4), part("B", 0.1, 0.3), part("C", 0.2, 0.9, enough=False))
    found = card.weak(figures.labels[0].model_copy(update={"places": places}))
    assert [p.name for p in found.borders] == ["B", "A"]
    assert (found.behind, found.judged) == (1, 2)


def test_the_committed_card_is_the_one_that_the_committed_figures_give(tmp_path: Path) -> None:
    assert card.CARD.exists() == card.METRICS.exists(), "python -m models.escalation.card"
    if card.METRICS.exists():
        again = card.write(output=tmp_path / "CARD.md")
        assert card.CARD.read_text() == again.read_text(), "python -m models.escalation.card"


def test_a_card_is_written_from_a_metrics_file(folder: Path, tmp_path: Path) -> None:
    written = card.write(folder / report.METRICS_FILE, tmp_path / "CARD.md")
    assert written.read_text().startswith("# Model card: ")


def test_labels_figures_and_borders_are_said_in_words() -> None:
    assert words.label("fatal_7d") == "A fatal incident within 7 days"
    assert words.label("escalation_14d") == "Escalation within 14 days"
    assert words.label("any_death") == "any_death"
    assert words.border("COD-COG") == "DR Congo - Congo Republic"
    assert words.border("KGZ-TJK") == "Kyrgyzstan - Tajikistan"
    assert words.border("XKX-ZZZ") == "Kosovo - ZZZ"
    assert words.figure(Measured(value=0.12345, low=0.1, high=-0.00001)) == "0.123 [0.100, 0.000]"
    assert words.figure(Measured(value=None)) == words.number(None) == "-"
    assert words.percent(Measured(value=0.5, low=0.25)) == "50.0 %"
    assert words.gain(Measured(value=-0.02, low=-0.03, high=0.01)) == "-0.020 [-0.030, +0.010]"
