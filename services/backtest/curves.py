"""Plots of curves: reliability, precision against recall, Molchan's diagram."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from models.escalation import words
from models.escalation.bootstrap import resample
from models.escalation.events import blind, events
from models.escalation.events import molchan as molchan_curve
from models.escalation.figures import LabelFigures
from models.escalation.forecasts import Forecasts
from services.backtest.ink import LEVEL_COLOURS, PENS, QUIET, TEXT, root_scale

_POINTS = 150
"""Points kept of a curve of hundreds of thousands."""


def reliability(axes: Axes, figures: LabelFigures, _: Forecasts) -> None:
    """Draw how often what was said happened."""
    top = 0.0
    for name in (n for n in ("logistic", "model") if n in figures.models):
        pen, bins = PENS[name], figures.models[name].reliability
        said = np.array([b.said for b in bins])
        seen = [b.seen.value or 0.0 for b in bins]
        low = [v if b.seen.low is None else b.seen.low for v, b in zip(seen, bins, strict=True)]
        high = [v if b.seen.high is None else b.seen.high for v, b in zip(seen, bins, strict=True)]
        away = np.maximum([np.subtract(seen, low), np.subtract(high, seen)], 0)
        axes.errorbar(
            said,
            seen,
            away,
            color=pen.colour,
            linestyle=pen.dash,
            marker=pen.marker,
            markersize=4,
            linewidth=1.4,
            elinewidth=0.8,
            label=words.model(name),
        )
        top = max(top, float(said.max()), *high)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, label="said = seen")
    root_scale(axes, x=True, y=True)
    axes.set(xlim=(0, min(top * 1.1, 1)), ylim=(0, min(top * 1.1, 1)))
    axes.set(xlabel="said: mean probability", ylabel="seen: share that came true")
    axes.legend(loc="upper left")


def precision_recall(axes: Axes, figures: LabelFigures, forecasts: Forecasts) -> None:
    """Draw precision against recall for the model and the baselines to beat."""
    for name in _shown(figures):
        recall, precision = _precision_recall(forecasts.said[name], forecasts.truth)
        pen, area = PENS[name], figures.models[name].average_precision.value or 0.0
        axes.plot(
            recall,
            precision,
            color=pen.colour,
            linestyle=pen.dash,
            linewidth=1.6,
            label=f"{words.model(name)}, {area:.3f}",
        )
    axes.axhline(float(forecasts.truth.mean()), color=QUIET, linewidth=1, label="guessing")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    axes.legend(loc="upper right", title="average precision")


def molchan(axes: Axes, figures: LabelFigures, forecasts: Forecasts) -> None:
    """Draw the share of events missed against the share of segment-weeks alarmed."""
    found = events(forecasts, resample(forecasts.border, draws=0))
    for name in _shown(figures):
        alarmed, missed = molchan_curve(forecasts.said[name], found, _POINTS)
        pen = PENS[name]
        axes.plot(
            alarmed,
            missed,
            color=pen.colour,
            linestyle=pen.dash,
            linewidth=1.6,
            label=words.model(name),
        )
    line = np.linspace(0, 1, _POINTS)
    by_issues = np.bincount(found.issues(forecasts.truth), minlength=1)[:, np.newaxis]
    chance = blind(line, by_issues * np.ones(_POINTS))
    axes.plot(line, 1 - chance, color=QUIET, linewidth=1, label="chance")
    for b in figures.models["model"].budgets:
        axes.plot(
            b.alarmed.value or 0,
            1 - (b.caught.value or 0),
            "o",
            color=LEVEL_COLOURS[b.level],
            markeredgecolor=TEXT,
            markersize=7,
            label=f"{b.level}, {100 * b.share:g} %",
        )
    root_scale(axes, x=True)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel="share of segment-weeks alarmed", ylabel="share of events missed")
    axes.legend(loc="upper right")


def _shown(figures: LabelFigures) -> list[str]:
    return [name for name in PENS if name in figures.models]


def _precision_recall(
    said: NDArray[np.float64], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return recall and precision at thresholds spread evenly over the recall."""
    order = np.argsort(-said, kind="stable")
    p, above = said[order], np.cumsum(truth[order])
    ends = np.flatnonzero(np.r_[p[1:] != p[:-1], True])
    recall, precision = above[ends] / max(above[-1], 1), above[ends] / (ends + 1)
    kept = np.unique(np.searchsorted(recall, np.linspace(0, 1, _POINTS)).clip(max=len(ends) - 1))
    return recall[kept], precision[kept]
