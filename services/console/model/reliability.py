"""Whether what is called 10 % happens one time in ten, as a chart."""

from math import sqrt
from typing import Any

from models.escalation.figures import ReliabilityBin
from models.escalation.words import count, percent
from services.console import chart
from services.console.chart import PENS, Chart
from services.console.words import Words
from services.gateway.asking.model import LabelCard

_PERCENT = "v => Math.round(v * v * 1000) / 10 + ' %'"
"""How the browser writes a value of a root scale."""


def reliability(words: Words, card: LabelCard) -> Chart:
    """Return the chart of one label: what was said, what came of it, and its interval.

    Both axes have a root scale: nearly all forecasts are small.
    """
    label = words(f"probability.{card.label}")
    bins = card.reliability
    top = min(1.0, max(sqrt(value) for one in bins for value in _values(one)) * 1.05)
    names = (words("reliability_plot.model"), words("reliability_plot.perfect"))
    seen = [(_root(one.said), _root(one.seen.value)) for one in bins if one.seen.value is not None]
    options = {
        "tooltip": {"show": False},
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 28, "containLabel": True},
        "xAxis": _axis(words("reliability_plot.said"), top),
        "yAxis": _axis("", top),
        "series": [
            chart.line(
                names[0], PENS[0] | {"width": 1}, seen, showSymbol=True, symbol="circle",
                symbolSize=8,
            ),
            chart.line(names[1], PENS[1], [(0, 0), (round(top, 4), round(top, 4))]),
            chart.line(
                words("reliability_plot.interval"),
                {"color": chart.INK, "width": 2, "type": "solid"},
                [point for one in bins for point in _interval(one)],
            ),
        ],
    }  # fmt: skip
    rows = [
        (f"{one.said:.2%}".replace("%", " %"), percent(one.seen, 2), count(one.rows))
        for one in bins
    ]
    names_of = ("reliability_plot.said", "reliability_plot.seen", "reliability_plot.rows")
    columns = tuple(words(column) for column in names_of)
    name = words("reliability_plot.name", label=label)
    return Chart(name, options, columns, rows, height_rem=16, keys=names)


def _values(one: ReliabilityBin) -> list[float]:
    return [one.said, *(v for v in (one.seen.value, one.seen.high) if v is not None)]


def _interval(one: ReliabilityBin) -> list[tuple[float, float | None]]:
    """Return an upright stroke; what follows begins a new one."""
    if one.seen.low is None or one.seen.high is None:
        return []
    x = _root(one.said)
    return [(x, _root(one.seen.low)), (x, _root(one.seen.high)), (x, None)]


def _root(value: float | None) -> float:
    return round(sqrt(value or 0.0), 4)


def _axis(name: str, top: float) -> dict[str, Any]:
    return chart.axis(
        "value", name=name, nameLocation="middle", nameGap=26, min=0, max=round(top, 3),
        interval=0.1 if top < 0.65 else 0.2,
        axisLabel={":formatter": _PERCENT, "showMaxLabel": False},
    )  # fmt: skip
