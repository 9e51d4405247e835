"""How every plot of the report looks: its colours by day and night, and its SVG."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pen:
    """How one model is drawn; ``dash`` tells the lines apart where colours cannot."""

    colour: str
    dash: str
    marker: str


TEXT, GRID, QUIET, PAPER = "#1b1b1e", "#d4d4da", "#85858d", "#fdfdfb"

PENS = {
    "model": Pen("#0064a8", "-", "o"),
    "reference boosted": Pen("#c2500a", "--", "s"),
    "logistic": Pen("#0a7d5a", "-.", "^"),
    "ewma 30 d": Pen("#8a4fa3", ":", "D"),
}
"""The models that plots show, in the order in which they name them."""

LEVEL_COLOURS = {"watch": "#e3b23c", "warning": "#d9772b", "critical": "#a8324a"}

# Every colour is a name of the page's style sheet, which gives it a second value for the night.
_NAMES = {
    TEXT: "currentColor",
    GRID: "var(--grid)",
    QUIET: "var(--quiet)",
    PAPER: "var(--paper)",
    **{pen.colour: f"var(--{name.replace(' ', '-')})" for name, pen in PENS.items()},
    **{colour: f"var(--{level})" for level, colour in LEVEL_COLOURS.items()},
}

_STYLE: Any = {
    "axes.edgecolor": GRID,
    "axes.labelcolor": TEXT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    # A legend hides the lines behind it, whose dots would pass for its own.
    "legend.facecolor": PAPER,
    "legend.edgecolor": PAPER,
    "legend.framealpha": 1.0,
    "legend.fontsize": 9,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
}


@contextmanager
def canvas(name: str, width: float = 4.9, height: float = 3.7) -> Iterator[tuple[Figure, Axes]]:
    """Give an empty plot of ``width`` x ``height`` [inches]; ``name`` makes its ids its own."""
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def svg(name: str, draw: Callable[[Axes], None], height: float = 3.7) -> Markup:
    """Return what ``draw`` puts on an empty plot as SVG for the inside of an HTML page."""
    with canvas(name, height=height) as (figure, axes):
        draw(axes)
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_inline(text.getvalue()))


def root_scale(axes: Axes, *, x: bool = False, y: bool = False, top: float = 1.0) -> None:
    """Stretch the small probabilities, where almost all forecasts are, by a square root."""
    ticks = [t for t in (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1) if t <= top]
    for chosen, axis, set_scale in (
        (x, axes.xaxis, axes.set_xscale),
        (y, axes.yaxis, axes.set_yscale),
    ):
        if chosen:
            set_scale("function", functions=(_root, _square))
            axis.set_ticks(ticks, [f"{100 * t:g} %" for t in ticks])


def _inline(text: str) -> str:
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<svg) [^>]*?(viewBox="[^"]*")[^>]*>', r'\1 \2 aria-hidden="true">', body)
    used = set(re.findall(r"#(\w+)", body))
    body = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", body)
    # The page's own font.
    body = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", body)
    for colour, named in _NAMES.items():
        body = body.replace(colour, named)
    return body


def _root(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(x, 0))


def _square(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.square(x)
