"""Draws what a run came to: one bar a case, one panel a group."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.declared import GROUPS, METRICS
from tests.bench.report import figure
from tests.bench.results import Results

OURS, OTHERS, SPREAD = "#0064a8", "#85858d", "#1b1b1e"

# Text stays text, and the same figures make the same file.
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "forewarn", "font.size": 9}

_PEERS = ("faust", "quix", "aiokafka", "confluent", "kafka-streams", "faust-hop")


def draw(found: Results, path: Path) -> None:
    """Write the plot of a run as SVG."""
    groups = {
        title: cases
        for group, title in GROUPS.items()
        if (cases := [c for c in found["cases"].items() if _shown(c[1], group)])
    }
    if not groups:
        return
    heights = [len(cases) + 1.2 for cases in groups.values()]
    with rc_context(_STYLE):
        picture = Figure(figsize=(8.5, 0.42 * sum(heights) + 0.6), layout="constrained")
        panels = picture.subplots(len(groups), 1, squeeze=False, height_ratios=heights)
        for axes, (title, cases) in zip(panels[:, 0], groups.items(), strict=True):
            _panel(axes, title, cases)
        picture.savefig(path, format="svg", metadata={"Date": None})


def _shown(case: dict[str, Any], group: str) -> bool:
    return case["group"] == group and _main(case)[1] is not None


def _main(case: dict[str, Any]) -> tuple[str, float | None]:
    """Return the most telling figure of a case; its first."""
    return next(iter(case["median"].items()), ("", None))


def _panel(axes: Axes, title: str, cases: list[tuple[str, dict[str, Any]]]) -> None:
    for at, (name, case) in enumerate(cases):
        metric, median = _main(case)
        rounds = [r["values"][metric] for r in case["rounds"]]
        ours = not name.endswith(_PEERS)
        axes.barh(at, median or 0.0, color=OURS if ours else OTHERS, height=0.7)
        axes.plot([min(rounds), max(rounds)], [at, at], color=SPREAD, linewidth=1)
        axes.annotate(
            figure(median),
            (max(rounds), at),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(range(len(cases)), [case["label"] for _, case in cases])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    about = METRICS[_main(cases[0][1])[0]]
    better = "more is better" if about.more_is_better else "less is better"
    axes.set_xlabel(f"{about.words} [{about.unit}], {better}")
    axes.set_title(title, loc="left", fontweight="bold", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
