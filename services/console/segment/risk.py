"""The chart of a segment's probabilities over time, with what counts as a level, and its alerts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.alert import Alert
from schemas.assessment import Level
from services.console import chart
from services.console.ages import moment
from services.console.chart import Chart, percent
from services.console.looks import look
from services.console.words import Words
from services.ledger.answers import Episode
from services.ledger.course import Point

MOST_POINTS = 300
"""How many points are drawn at most: more would lie on one another."""

FIGURES = ("escalation_14d", "fatal_14d", "fatal_7d")
"""What is drawn, in the order of the pens."""


def risk(
    words: Words,
    name: str,
    course: Sequence[Point],
    thresholds: Mapping[str, float],
    alerts: Iterable[Episode],
    span: tuple[datetime, datetime],
) -> Chart:
    """Return the chart of a course that is not empty.

    Parameters
    ----------
    thresholds
        Probability of escalation in 14 days at which each level begins; none: not known.
    span
        From when to when.
    """
    points = thinned(course, *span)
    names = [words(f"probability.{figure}") for figure in FIGURES]
    series = [
        chart.line(title, pen, _steps(points, figure, span[1]), step="end")
        for title, pen, figure in zip(names, chart.PENS, FIGURES, strict=True)
    ]
    told = list(alerts)
    series[0]["markLine"] = _marks(words, thresholds, told, span)
    series[0]["markArea"] = _areas(told, span)
    rows = [
        (
            moment(p.at),
            *(percent(getattr(p, figure)) for figure in FIGURES),
            words(f"level.{p.level.value}"),
        )
        for p in reversed(points)
    ]
    top = max(*(getattr(p, f) for p in points for f in FIGURES), *thresholds.values(), 0.01)
    options = {
        "grid": {"left": 44, "right": 16, "top": 26, "bottom": 28},
        "xAxis": chart.axis(
            "time", min=_ms(span[0]), max=_ms(span[1]), axisLabel={"formatter": "{yyyy}-{MM}-{dd}"}
        ),
        "yAxis": chart.axis("value", min=0, max=_top(top), axisLabel={"formatter": "{value} %"}),
        "tooltip": chart.tooltip(**{":valueFormatter": "v => v + ' %'"}),
        "series": series,
    }
    columns = (words("segment.when"), *names, words("segment.level"))
    return Chart(name, options, columns, rows, height_rem=20, keys=names)


def thinned(
    course: Sequence[Point], since: datetime, until: datetime, most: int = MOST_POINTS
) -> list[Point]:
    """Return at most about ``most`` points: of those that lie close together the worst.

    A point before ``since`` is told as if it lay there: it holds then. The last one stays.
    """
    width = (until - since) / most
    kept: dict[int, Point] = {}
    for point in course:
        at = max(point.at, since)
        slot = int((at - since) / width) if len(course) > most else len(kept)
        found = Point(at, point.level, point.escalation_14d, point.fatal_7d, point.fatal_14d)
        if slot not in kept or found.escalation_14d >= kept[slot].escalation_14d:
            kept[slot] = found
    points = list(kept.values())
    last = course[-1]
    if points and points[-1].at < last.at:
        points.append(last)
    return points


def changes(alerts: Iterable[Episode], span: tuple[datetime, datetime]) -> list[Alert]:
    """Return the transitions within a span with which an alert began, ended or changed its level.

    They are in order of time.
    """
    found = [
        told
        for one in alerts
        for told in one.transitions
        if (told.level is not told.previous_level or told.transition.ends)
        and span[0] <= told.recorded_at <= span[1]
    ]
    return sorted(found, key=lambda told: told.recorded_at)


def _top(probability: float) -> int:
    """Return where the axis ends [%]: at a round number that leaves room above."""
    return min(100, 5 * (int(probability * 110) // 5 + 1))


def _steps(points: Sequence[Point], figure: str, until: datetime) -> list[tuple[int, float]]:
    found = [(_ms(p.at), round(100 * getattr(p, figure), 2)) for p in points]
    # What was said last holds on.
    return [*found, (_ms(until), found[-1][1])]


def _marks(
    words: Words,
    thresholds: Mapping[str, float],
    alerts: Sequence[Episode],
    span: tuple[datetime, datetime],
) -> dict[str, Any]:
    levels = [
        {
            "yAxis": round(100 * thresholds[level], 2),
            "label": {
                "formatter": f"{look(level).mark} {words(f'level.{level.value}')}",
                "position": "insideStartTop",
                "color": colour(level),
                "fontWeight": "bold",
            },
            "lineStyle": {"color": colour(level), "type": [6, 4], "width": 1},
        }
        for level in Level
        if level.value in thresholds
    ]
    turns = [
        {
            "xAxis": _ms(told.recorded_at),
            "label": {
                "formatter": look(told.level).mark,
                "position": "end",
                "distance": 2,
                "color": colour(told.level),
                "fontSize": 14,
            },
            "lineStyle": {"color": colour(told.level), "type": "solid", "width": 1},
        }
        for told in changes(alerts, span)
    ]
    return {"symbol": "none", "silent": True, "data": [*levels, *turns]}


def _areas(alerts: Sequence[Episode], span: tuple[datetime, datetime]) -> dict[str, Any]:
    """Return where an alert stood, as a shade behind the lines."""
    spans = [
        (max(one.opened_at, span[0]), min(one.resolved_at or span[1], span[1])) for one in alerts
    ]
    data = [[{"xAxis": _ms(begin)}, {"xAxis": _ms(end)}] for begin, end in spans if begin < end]
    return {"silent": True, "itemStyle": {"color": chart.SHADE}, "data": data}


def colour(level: Level) -> str:
    """Return the custom property of a level's colour."""
    return f"var(--level-{level.value})"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
