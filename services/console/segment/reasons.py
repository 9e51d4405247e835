"""What moved the probability of escalation, as bars: to the right raises it, to the left lowers."""

from collections.abc import Sequence
from math import exp

from models.escalation.features import FEATURES
from schemas.assessment import Contribution
from services.console import chart
from services.console.chart import Chart
from services.console.words import Words

GROUPS = {feature.name: feature.group for feature in FEATURES}
"""What each feature is about; those that say much the same are explained together."""

TIMES = "\N{MULTIPLICATION SIGN}"


def reasons(words: Words, name: str, found: Sequence[Contribution]) -> Chart:
    """Return the chart of contributions, the largest movement at the top."""
    names = [about(words, one) for one in found]
    bars = [
        {
            "value": round(one.log_odds, 3),
            "itemStyle": {
                "color": f"var(--chart-{'raises' if one.log_odds > 0 else 'lowers'})",
                "borderColor": chart.INK,
                "borderWidth": 1,
            },
            "label": {"formatter": factor(one.log_odds), "position": _side(one.log_odds)},
        }
        for one in found
    ]
    far = max((abs(one.log_odds) for one in found), default=0.0) * 1.45 or 1.0
    options = {
        "tooltip": {"show": False},
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": chart.axis(
            "value", min=-far, max=far, axisLabel={"show": False}, splitLine={"show": False}
        ),
        "yAxis": chart.axis(
            "category", data=names, inverse=True, axisLabel={"width": 120, "overflow": "break"},
            axisLine={"show": False}, axisTick={"show": False},
        ),
        "series": [
            {
                "type": "bar",
                "data": bars,
                "barMaxWidth": 18,
                "label": {"show": True, "color": chart.INK},
                "emphasis": {"disabled": True},
                "markLine": {
                    "symbol": "none", "silent": True, "label": {"show": False},
                    "lineStyle": {"color": chart.QUIET, "type": "solid"}, "data": [{"xAxis": 0}],
                },
            }
        ],
    }  # fmt: skip
    columns = (words("reason.about"), words("reason.factor"), words("reason.words"))
    rows = [
        (title, factor(one.log_odds), one.words) for title, one in zip(names, found, strict=True)
    ]
    return Chart(name, options, columns, rows, height_rem=2 + 2.2 * len(found))


def about(words: Words, one: Contribution) -> str:
    """Return what a contribution is about; a feature of another build by its own name."""
    group = GROUPS.get(one.feature)
    return words(f"group.{group}") if group else one.feature


def factor(log_odds: float) -> str:
    """Return by what the odds are multiplied: more than 1 raises them."""
    return f"{TIMES}{exp(log_odds):.{2 if log_odds < 0 else 1}f}"


def _side(log_odds: float) -> str:
    return "right" if log_odds > 0 else "left"
