"""The page of the model: its card's figures, its reliability, and what it says now."""

from datetime import timedelta
from math import sqrt

import pytest

from models.escalation.drift import Distribution
from schemas.assessment import Level
from services.console.model import figures
from services.console.model.live import compared, live, versions
from services.console.model.reliability import reliability
from services.console.words import Words
from services.gateway.asking.model import Card, LabelCard, ModelTold, told
from services.ledger.levels import Stands
from services.settings import Settings
from tests.builders import NOON

EN = Words("en")
KNOWN = Distribution(edges=(0.01, 0.1), shares=(0.5, 0.3, 0.2))


@pytest.fixture(scope="module")
def serves() -> ModelTold:
    """What is told of the build's own model."""
    return told(Settings())


@pytest.fixture(scope="module")
def card(serves: ModelTold) -> Card:
    """Its card."""
    assert serves.card is not None
    return serves.card


@pytest.fixture(scope="module")
def escalation(card: Card) -> LabelCard:
    """The figures of the label that makes the level."""
    return card.labels[0]


def test_every_figure_of_the_card_is_told_with_its_interval(
    card: Card, escalation: LabelCard
) -> None:
    columns, rows = figures.quality(EN, card.labels)
    assert all(len(row) == len(columns) for row in rows)
    assert [row[0] for row in rows] == [
        "Escalation within 14 days",
        "A fatal incident within 7 days",
        "A fatal incident within 14 days",
        "Onset within 14 days",
    ]
    auc = escalation.auc
    assert rows[0][columns.index("AUC")] == f"{auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]"
    brier = escalation.brier
    assert rows[0][columns.index("Brier score")].startswith(f"{brier.value:.4f} [")


def test_a_model_without_a_card_has_the_figures_of_its_training(serves: ModelTold) -> None:
    columns, rows = figures.validation(EN, serves.validation)
    assert len(rows) == len(serves.validation) == 4
    assert all(len(row) == len(columns) for row in rows)
    assert "Brier score" not in columns


def test_each_baseline_is_told_with_what_ours_gains_over_it(escalation: LabelCard) -> None:
    _, rows = figures.baselines(EN, escalation)
    gains = {row[0]: row[2] for row in rows}
    assert gains["the model"] == ""
    assert gains["climatology"].startswith("+0.152 [+0.106")
    assert len(gains) == len(escalation.average_precision)


def test_what_alerts_bring_is_told_by_level(escalation: LabelCard) -> None:
    columns, rows = figures.alarms(EN, escalation)
    assert [row[0] for row in rows] == ["watch", "warning", "critical"]
    assert all(len(row) == len(columns) for row in rows)
    assert rows[0][2].startswith("19.2 % [")


def test_reliability_is_drawn_on_root_scales_and_told_as_it_is(escalation: LabelCard) -> None:
    chart = reliability(EN, escalation)
    ours, perfect, strokes = chart.options["series"]
    last = escalation.reliability[-1]
    assert last.seen.value is not None
    assert ours["data"][-1] == pytest.approx((sqrt(last.said), sqrt(last.seen.value)), abs=1e-4)
    assert all(x == y for x, y in perfect["data"])
    assert strokes["data"][2][1] is None
    assert len(strokes["data"]) == 3 * len(escalation.reliability)
    said = f"{last.said:.2%}".replace("%", " %")
    assert chart.rows[-1][0] == said
    most = max(value for series in (ours, strokes) for _, value in series["data"] if value)
    assert most <= chart.options["yAxis"]["max"]
    assert chart.options["xAxis"]["max"] == chart.options["yAxis"]["max"]


def test_what_stands_is_told_in_the_bins_of_the_training_data() -> None:
    found = live("escalation_14d", KNOWN, [stands(0.001), stands(0.01), stands(0.02), stands(0.5)])
    assert (found.now, found.trained) == ([0.5, 0.25, 0.25], KNOWN.shares)
    assert found.few
    assert not live("escalation_14d", KNOWN, [stands(0.02)] * 40).few
    assert live("fatal_7d", KNOWN, []).now == [0, 0, 0]


def test_both_distributions_are_drawn_and_told() -> None:
    chart = compared(EN, live("escalation_14d", KNOWN, [stands(0.02), stands(0.5)]))
    assert list(chart.rows) == [
        ("up to 1 %", "50.0 %", "0.0 %"),
        ("up to 10 %", "30.0 %", "50.0 %"),
        ("above 10 %", "20.0 %", "50.0 %"),
    ]
    assert [one["data"] for one in chart.options["series"]] == [[50, 30, 20], [0, 50, 50]]
    assert list(chart.keys) == ["training", "now, 2 places"]


def test_models_are_told_by_on_how_many_places_their_word_stands() -> None:
    standing = {
        "A": stands(0.1, "m-1"),
        "B": stands(0.1, "m-2"),
        "C": stands(0.1, "m-2"),
    }
    assert list(versions(standing).items()) == [("m-2", 2), ("m-1", 1)]
    assert versions({}) == {}


def stands(escalation: float, version: str = "escalation-1") -> Stands:
    """Return what was last said of a place."""
    return Stands(Level.NORMAL, escalation, 0.1, 0.2, NOON - timedelta(hours=1), version)
