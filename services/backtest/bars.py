"""Plots of distances: lead times, years, gains."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from models.escalation import words
from models.escalation.figures import LabelFigures, Measured
from models.escalation.forecasts import MODEL, Forecasts
from services.backtest.ink import LEVEL_COLOURS, PENS, QUIET


def leads(axes: Axes, figures: LabelFigures, _: Forecasts) -> None:
    """Draw how many events were caught so many days ahead."""
    budgets = figures.models[MODEL].budgets
    wide = 0.86 / max(len(budgets), 1)
    for i, b in enumerate(budgets):
        middle = words.figure(Measured(value=b.lead_days.value), 0)
        axes.bar(
            np.arange(len(b.leads)) + (i - (len(budgets) - 1) / 2) * wide,
            b.leads,
            width=wide,
            color=LEVEL_COLOURS[b.level],
            label=f"{b.level}, {100 * b.share:g} %: median {middle} d",
        )
    axes.set(xlabel="lead [days]", ylabel="events caught")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.3)
    if budgets:
        axes.legend(loc="upper left", ncols=1)


def years(axes: Axes, figures: LabelFigures, _: Forecasts) -> None:
    """Draw the average precision of each test year."""
    at, parts = [int(p.name) for p in figures.years], [p.average_precision for p in figures.years]
    for name, pen in PENS.items():
        values = [_or_nan(p[name].value) for p in parts if name in p]
        if not values:
            continue
        axes.plot(
            at,
            values,
            color=pen.colour,
            linestyle=pen.dash,
            marker=pen.marker,
            markersize=4,
            linewidth=1.6,
            label=words.model(name),
        )
    low = [_or_nan(p[MODEL].low) for p in parts]
    high = [_or_nan(p[MODEL].high) for p in parts]
    axes.vlines(at, low, high, color=PENS[MODEL].colour, linewidth=0.8)
    axes.set(xlabel="test year", ylabel="average precision")
    top = np.nanmax([0.0, *high, *(_or_nan(m.value) for p in parts for m in p.values())])
    axes.set_ylim(0, 1.35 * top or 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper left", ncols=2)


def gains(axes: Axes, figures: LabelFigures, _: Forecasts) -> None:
    """Draw the model's gain in average precision over each baseline."""
    shown = [g for g in figures.gains if g.difference.value is not None]
    for at, g in enumerate(reversed(shown)):
        pen = PENS.get(g.over)
        colour = pen.colour if pen else QUIET
        d = g.difference
        if d.low is not None and d.high is not None:
            axes.plot([d.low, d.high], [at, at], color=colour, linewidth=2.2)
        axes.plot([d.value or 0.0], [at], pen.marker if pen else "o", color=colour, markersize=6)
    axes.axvline(0, color=QUIET, linewidth=1)
    axes.set_yticks(range(len(shown)), [words.model(g.over) for g in reversed(shown)])
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="gain in average precision")


def _or_nan(x: float | None) -> float:
    return np.nan if x is None else x
