"""What the model says now beside what it said of the data that it was trained on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.escalation.drift import CHANCE, Distribution, shares_in
from services.console import chart
from services.console.chart import Chart
from services.console.words import Words
from services.ledger.levels import Stands

LABELS = ("escalation_14d", "fatal_7d", "fatal_14d")
"""What the last assessment of every place has of it."""


@dataclass(frozen=True, slots=True)
class Live:
    """The shares of places in the bins of the training data.

    Parameters
    ----------
    edges
        Between the bins [probability].
    trained, now
        Shares of training rows and of places: one more than edges.
    places
        How many there are.
    """

    label: str
    edges: Sequence[float]
    trained: Sequence[float]
    now: Sequence[float]
    places: int

    @property
    def few(self) -> bool:
        """Whether chance alone may move the shares as far as a change would."""
        return len(self.edges) > CHANCE * self.places


def live(label: str, known: Distribution, standing: Iterable[Stands]) -> Live:
    """Return what stands beside what is known; one number a place, whatever is reported there."""
    values = np.array([getattr(stands, label) for stands in standing], dtype=np.float64)
    now = shares_in(known.edges, values).tolist()
    return Live(label, known.edges, known.shares, now, len(values))


def versions(standing: Mapping[str, Stands]) -> dict[str, int]:
    """Return on how many places what each model said stands, the most first."""
    found: dict[str, int] = {}
    for stands in standing.values():
        found[stands.model_version] = found.get(stands.model_version, 0) + 1
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def compared(words: Words, found: Live) -> Chart:
    """Return the chart of both distributions."""
    label = words(f"probability.{found.label}")
    names = (words("live.trained"), words("live.now", n=found.places))
    bins = _bins(words, found.edges)
    options = {
        "tooltip": chart.tooltip(
            axisPointer={"type": "shadow", "shadowStyle": {"color": chart.SHADE}},
            **{":valueFormatter": "v => v + ' %'"},
        ),
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 8, "containLabel": True},
        "xAxis": chart.axis("value", axisLabel={"formatter": "{value} %"}),
        "yAxis": chart.axis("category", data=bins, inverse=True, axisTick={"show": False}),
        "series": [
            _bars(name, shares, number)
            for number, name, shares in ((1, names[0], found.trained), (2, names[1], found.now))
        ],
    }
    rows = [
        (name, f"{one:.1%}".replace("%", " %"), f"{other:.1%}".replace("%", " %"))
        for name, one, other in zip(bins, found.trained, found.now, strict=True)
    ]
    columns = (label, *names)
    name = words("live.name", label=label)
    height = 4 + 2.2 * len(bins)
    return Chart(name, options, columns, rows, height_rem=height, keys=names, bars=True)


def _bars(name: str, shares: Sequence[float], pen: int) -> dict[str, object]:
    """Return bars: outlined for what was, filled for what is."""
    colour = f"var(--chart-{pen})"
    style = {
        "color": chart.SHADE if pen == 1 else colour,
        "borderColor": colour,
        "borderWidth": 1.5,
    }
    return {
        "type": "bar",
        "name": name,
        "data": [round(100 * share, 1) for share in shares],
        "itemStyle": style,
        "emphasis": {"disabled": True},
    }


def _bins(words: Words, edges: Sequence[float]) -> list[str]:
    told = [f"{100 * edge:.3g} %" for edge in edges]
    below = [words("live.up_to", edge=edge) for edge in told]
    return [*below, words("live.above", edge=told[-1])]
