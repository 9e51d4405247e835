"""Writes the figures of a backtest, ``metrics.json``, and a page that shows them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models.escalation import words
from models.escalation.figures import Figures, LabelFigures
from models.escalation.forecasts import Forecasts
from schemas.segment import Segment
from services.backtest import ink, worldmap
from services.backtest.pictures import pictures

METRICS_FILE = "metrics.json"
REPORT_FILE = "report.html"

_FILTERS = ("figure", "plain", "number", "percent", "gain", "count", "label", "model", "border")


def write(
    folder: Path,
    figures: Figures,
    forecasts: Sequence[Forecasts],
    segments: Sequence[Segment],
) -> tuple[Path, Path]:
    """Write ``metrics.json`` and ``report.html`` to ``folder``; return their paths.

    The page needs nothing beside it: styles and pictures are inside, nothing is loaded.

    Parameters
    ----------
    forecasts
        Those that ``figures`` were measured on, by which the curves and the maps are drawn.
    segments
        The lines of the maps; a forecast on another segment is left out of them.

    Raises
    ------
    ValueError
        ``figures`` and ``forecasts`` are not about the same labels.
    """
    by_label = {f.label: f for f in forecasts}
    if set(by_label) != {f.label for f in figures.labels}:
        msg = f"figures: about {[f.label for f in figures.labels]}; forecasts: {list(by_label)}"
        raise ValueError(msg + "; expected the same labels")
    page = _page(figures, by_label, segments)
    folder.mkdir(parents=True, exist_ok=True)
    metrics, report = folder / METRICS_FILE, folder / REPORT_FILE
    metrics.write_text(as_json(figures))
    report.write_text(page, encoding="utf-8")
    return metrics, report


def as_json(figures: Figures) -> str:
    """Return the text of ``metrics.json``: a figure and its interval share one line."""
    text = figures.model_dump_json(indent=1)
    return (
        re.sub(r'\{\s+("value": \S+)\s+("low": \S+)\s+("high": \S+)\s+\}', r"{\1 \2 \3}", text)
        + "\n"
    )


def _page(figures: Figures, by_label: dict[str, Forecasts], segments: Sequence[Segment]) -> str:
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            figures=figures,
            chapters=[_chapter(f, by_label[f.label], segments) for f in figures.labels],
            pens=[name for name in ink.PENS if any(name in f.models for f in figures.labels)],
            base=worldmap.base(segments),
            classes=worldmap.CLASSES,
        )
    )


def _chapter(
    figures: LabelFigures, forecasts: Forecasts, segments: Sequence[Segment]
) -> dict[str, Any]:
    return {
        "figures": figures,
        "pictures": pictures(figures, forecasts),
        "marks": worldmap.marks(worldmap.spots(forecasts), segments),
    }


def _templates() -> Environment:
    loader = PackageLoader("services.backtest")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(words, name) for name in _FILTERS}
    # The style sheet is ours, and quotes in it must stay quotes.
    environment.globals["style"] = Markup(loader.get_source(environment, "report.css")[0])
    return environment
