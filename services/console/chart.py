"""A chart that everyone can read: named, drawn in the theme's colours, its figures a table too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from services.console.words import Words

INK, QUIET, GRID, SHADE = (f"var(--chart-{name})" for name in ("ink", "quiet", "grid", "shade"))
"""Custom properties of the style sheet: the lines of a drawing follow the theme as text does."""

PENS = (
    {"color": "var(--chart-1)", "width": 3, "type": "solid"},
    {"color": "var(--chart-2)", "width": 2, "type": "dashed"},
    {"color": "var(--chart-3)", "width": 2, "type": "dotted"},
)
"""How the lines of a chart are told apart: by dash and width as well as by colour."""

TEXT = {"color": INK, "fontFamily": "Roboto, sans-serif", "fontSize": 12}


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and what it says.

    Parameters
    ----------
    name
        What it shows, as whoever does not see it is told.
    options
        Those of ECharts, over ``options_of``'s.
    columns, rows
        The same figures as text; the first column names the row.
    height_rem
        [rem]
    keys
        The names of what is drawn, in the order of ``PENS``.
    bars
        Whether that is bars: the first are outlined, the second filled.
    """

    name: str
    options: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    height_rem: float = 18
    keys: Sequence[str] = ()
    bars: bool = False


def show(words: Words, chart: Chart) -> None:
    """Draw a chart, and below it its figures, closed until they are asked for."""
    with ui.element("figure").classes("chart"):
        with ui.element("ul").classes("keys bars" if chart.bars else "keys"):
            for number, name in enumerate(chart.keys, start=1):
                TextElement(tag="li", text=name).classes(f"key-{number}")
        drawn = ui.echart(options_of(chart), renderer="svg")
        drawn.props["role"], drawn.props["aria-label"] = "img", chart.name
        drawn.style(f"height: {chart.height_rem}rem")
        figures(words("chart.table"), chart.name, chart.columns, chart.rows)


def figures(summary: str, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table that is closed until it is asked for."""
    with ui.element("details"):
        TextElement(tag="summary", text=summary)
        table(name, columns, rows)


def table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table; one that is wider than its place is scrolled, by the keyboard too."""
    place = ui.element("div").classes("table-place")
    place.props["role"], place.props["aria-label"], place.props["tabindex"] = "region", name, "0"
    with place:
        # One element: thousands of cells as elements of their own would take seconds.
        ui.html(table_text(columns, rows), sanitize=False)


def table_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML, whatever the cells hold."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def options_of(chart: Chart) -> dict[str, Any]:
    """Return what ECharts is told: what every chart has, and what this one has."""
    return {
        "animation": False,
        "useUTC": True,
        "textStyle": TEXT,
        # What the lines are called is told beside the drawing, where it may take several lines.
        "legend": {"show": False},
        "tooltip": tooltip(),
        **chart.options,
    }


def tooltip(**more: Any) -> dict[str, Any]:
    """Return how the figures under the pointer are told: inside the chart, in its colours."""
    return {
        "trigger": "axis",
        "confine": True,
        "backgroundColor": "var(--chart-paper)",
        "borderColor": GRID,
        "textStyle": TEXT,
        "axisPointer": {"lineStyle": {"color": QUIET}},
        **more,
    }


def axis(kind: str, **more: Any) -> dict[str, Any]:
    """Return an axis of a kind of ECharts: value, category or time."""
    label = {"color": INK, "lineHeight": 15, "hideOverlap": True, **more.pop("axisLabel", {})}
    return {
        "type": kind,
        "axisLabel": label,
        "axisLine": {"lineStyle": {"color": QUIET}},
        "axisTick": {"lineStyle": {"color": QUIET}},
        "splitLine": {"show": kind == "value", "lineStyle": {"color": GRID}},
        "nameTextStyle": TEXT,
        **more,
    }


def line(name: str, pen: Mapping[str, Any], data: Sequence[Any], **more: Any) -> dict[str, Any]:
    """Return a series that is drawn as a line."""
    return {
        "type": "line",
        "name": name,
        "data": list(data),
        "lineStyle": dict(pen),
        "itemStyle": {"color": pen["color"]},
        "emphasis": {"disabled": True},
        "showSymbol": False,
        **more,
    }


def percent(probability: float) -> str:
    """Return a probability as one would say it, to a tenth of a percent."""
    return "< 0.1 %" if 0 < probability < 0.0005 else f"{probability:.1%}".replace("%", " %")
