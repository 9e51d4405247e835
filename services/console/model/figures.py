"""The figures of the model's card as rows of tables."""

from collections.abc import Iterable, Mapping

from models.escalation import words as said
from models.escalation.artifact import Skill
from models.escalation.forecasts import MODEL
from services.console.words import Words
from services.gateway.asking.model import LabelCard

Row = tuple[str, ...]


def quality(words: Words, labels: Iterable[LabelCard]) -> tuple[Row, list[Row]]:
    """Return how good the forecasts of each label were, each figure with its interval."""
    names = (
        "figure.forecast",
        "figure.came_true",
        "figure.auc",
        "figure.brier",
        "figure.brier_skill",
        "figure.calibration",
        "figure.precision",
    )
    rows: list[Row] = [
        (
            words(f"probability.{card.label}"),
            _came_true(words, card.positives, card.rows),
            said.figure(card.auc),
            said.figure(card.brier, 4),
            said.figure(card.brier_skill),
            said.figure(card.calibration_error, 4),
            said.figure(card.average_precision[MODEL]),
        )
        for card in labels
    ]
    return _names(words, names), rows


def validation(words: Words, labels: Mapping[str, Skill]) -> tuple[Row, list[Row]]:
    """Return the same of a model that has no card, from when it was trained."""
    names = (
        "figure.forecast",
        "figure.came_true",
        "figure.auc",
        "figure.brier_skill",
        "figure.calibration",
        "figure.precision",
    )
    rows: list[Row] = [
        (
            words(f"probability.{label}"),
            _came_true(words, found.positives, found.rows),
            said.figure(found.auc),
            said.figure(found.brier_skill),
            said.figure(found.calibration_error, 4),
            said.figure(found.average_precision),
        )
        for label, found in labels.items()
    ]
    return _names(words, names), rows


def baselines(words: Words, card: LabelCard) -> tuple[Row, list[Row]]:
    """Return what simpler models make of the same weeks, and how far ours is ahead of each."""
    gains = {gain.over: gain.difference for gain in card.gains}
    rows: list[Row] = [
        (
            words(f"baseline.{name.replace(' ', '_')}"),
            said.figure(found),
            said.gain(gains[name]) if name in gains else "",
        )
        for name, found in card.average_precision.items()
    ]
    return _names(words, ("figure.by", "figure.precision", "figure.gain")), rows


def alarms(words: Words, card: LabelCard) -> tuple[Row, list[Row]]:
    """Return what alerts at each level bring."""
    names = (
        "figure.level",
        "figure.alarmed",
        "figure.true_alarms",
        "figure.caught",
        "figure.onsets",
        "figure.lead",
    )
    rows: list[Row] = [
        (
            words(f"level.{budget.level}"),
            said.percent(budget.alarmed),
            said.percent(budget.precision),
            said.percent(budget.caught),
            said.percent(budget.onsets_caught),
            said.figure(budget.lead_days, 0),
        )
        for budget in card.budgets
    ]
    return _names(words, names), rows


def _came_true(words: Words, positives: int, rows: int) -> str:
    return words("model.of", n=said.count(positives), all=said.count(rows))


def _names(words: Words, names: Iterable[str]) -> Row:
    return tuple(words(name) for name in names)
