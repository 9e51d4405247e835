"""The plots of one label, each with what it shows in words."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes

from models.escalation import words
from models.escalation.figures import LabelFigures
from models.escalation.forecasts import Forecasts
from services.backtest import bars, curves, ink


@dataclass(frozen=True, slots=True)
class Picture:
    """One plot: ``alt`` says what it shows, ``caption`` how to read it."""

    title: str
    alt: str
    caption: str
    svg: Markup


Draw = Callable[[Axes, LabelFigures, Forecasts], None]

_CAPTIONS: dict[str, tuple[Draw, str]] = {
    "Does 10 % mean one in ten?": (
        curves.reliability,
        "Each point is a tenth of all forecasts. On the diagonal, what was said happened as often "
        "as was said; below it, the model said too much; above it, too little. The bars are 95 % "
        "intervals. Both axes are stretched where probabilities are small.",
    ),
    "How many alarms are right, how many events are found?": (
        curves.precision_recall,
        "Lowering the threshold walks each line from left to right: more of what happens is "
        "found, and fewer of the alarms are right. Higher is better; the grey line is what "
        "guessing brings. The area under a line is its average precision.",
    ),
    "Events missed against weeks alarmed": (
        curves.molchan,
        "Molchan's diagram. Alarms raised blindly lie on the grey line; lower is better. The "
        "dots are the three alert budgets, with thresholds taken from earlier years only; the "
        "lines look back on all years at once, which no service could.",
    ),
    "How early the first alarm stood": (
        bars.leads,
        "For each event that was caught: days from the first alarm of the same horizon to the "
        "event. The three alert budgets stand side by side. "
        "Day 0 is the day of the alarm itself. Forecasts are issued weekly, and no horizon is "
        "longer than shown.",
    ),
    "Average precision year by year": (
        bars.years,
        "Each year was forecast by models that had seen only earlier years. Years differ in how "
        "much happened, so that only the distance between the lines tells which is better.",
    ),
    "What the model adds to each baseline": (
        bars.gains,
        "Average precision of the model minus that of the baseline on the same weeks. Where the "
        "bar, a 95 % interval over borders, does not touch the zero line, the difference is more "
        "than the luck of which borders history chose.",
    ),
}


def pictures(figures: LabelFigures, forecasts: Forecasts) -> list[Picture]:
    """Return the plots of one label."""
    return [
        Picture(title, _alt(draw, figures), caption, _drawn(number, draw, figures, forecasts))
        for number, (title, (draw, caption)) in enumerate(_CAPTIONS.items())
    ]


def _drawn(number: int, draw: Draw, figures: LabelFigures, forecasts: Forecasts) -> Markup:
    return ink.svg(f"{figures.label}-{number}", lambda axes: draw(axes, figures, forecasts))


def _alt(draw: Draw, figures: LabelFigures) -> str:
    """Return what a plot shows, for those who cannot see it."""
    ours = figures.models["model"]
    shown = {n: figures.models[n] for n in ink.PENS if n in figures.models}
    if draw is curves.reliability:
        bins = ", ".join(f"{b.said:.3f} said, {b.seen.value:.3f} seen" for b in ours.reliability)
        return f"Reliability of the model: {bins}."
    if draw is curves.precision_recall:
        areas = (f"{words.model(n)} {words.figure(m.average_precision)}" for n, m in shown.items())
        return f"Precision-recall curves; average precision: {', '.join(areas)}."
    if draw is curves.molchan or draw is bars.leads:
        parts = (
            f"at {b.level}, {words.percent(b.alarmed)} of weeks alarmed, {words.percent(b.caught)} "
            f"of events caught, median lead {words.figure(b.lead_days, 0)} days"
            for b in ours.budgets
        )
        return f"Alarms of the model: {'; '.join(parts) or 'none with a single test year'}."
    if draw is bars.years:
        parts = (f"{p.name} {words.figure(p.average_precision['model'])}" for p in figures.years)
        return f"Average precision of the model by year: {', '.join(parts)}."
    parts = (f"over {words.model(g.over)} {words.gain(g.difference)}" for g in figures.gains)
    return f"Gain in average precision: {', '.join(parts)}."
