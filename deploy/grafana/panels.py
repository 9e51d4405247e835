"""The kinds of panels that the dashboards are made of, in the words of Grafana's own library."""

from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.builders import bargauge, dashboard, geomap, heatmap, stat, timeseries
from grafana_foundation_sdk.builders.common import MapLayerOptions
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import BigValueColorMode
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""Where everything is asked; provisioning gives it this name."""

LEVELS = {
    "critical": "#b3261e",
    "warning": "#e69f00",
    "watch": "#56b4e9",
    "normal": "#9db8cf",
    "none": "#9aa0a6",
}
"""The colours of the console."""

Queries = Mapping[str, str]
"""What is asked, by the legend that it has."""


def lines(title: str, unit: str, about: str, queries: Queries, *, span: int = 12) -> Any:
    """Return a panel of lines over time."""
    found = timeseries.Panel().title(title).unit(unit).description(about).min(0)
    return _asking(found, queries, span)


def number(title: str, unit: str, about: str, queries: Queries, *, bad_from: float | None) -> Any:
    """Return a panel of single numbers; from ``bad_from`` on they are red, and say so by words."""
    found = stat.Panel().title(title).unit(unit).description(about)
    steps = [Threshold(value=None, color="blue")]
    if bad_from is not None:
        steps.append(Threshold(value=bad_from, color="red"))
    marks = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    return _asking(found.thresholds(marks).color_mode(BigValueColorMode.VALUE), queries, 6)


def bars(title: str, unit: str, about: str, queries: Queries) -> Any:
    """Return a panel of one bar for each series, as it stands now."""
    found = bargauge.Panel().title(title).unit(unit).description(about).min(0)
    return _asking(found, queries, 12, now=True)


def heat(title: str, unit: str, about: str, query: str) -> Any:
    """Return a panel of a histogram's buckets over time."""
    found = heatmap.Panel().title(title).description(about).unit(unit)
    asked = _query("{{le}}", query).format(PromQueryFormat.HEATMAP).range().ref_id("A")
    return found.datasource(SOURCE).span(12).height(8).with_target(asked)


def world(title: str, about: str, where: str, queries: Queries) -> Any:
    """Return a map of segments by level, which a browser fetches from ``where`` as GeoJSON."""
    rules = [
        {
            "check": {"property": "level", "operation": "eq", "value": level},
            "style": {"color": {"fixed": colour}, "lineWidth": 6 if level == "critical" else 3},
        }
        for level, colour in LEVELS.items()
    ]
    usual = {"color": {"fixed": LEVELS["none"]}}
    layer = (
        MapLayerOptions()
        .type("geojson")
        .name("Segments")
        .config({"src": where, "rules": rules, "style": usual})
        .tooltip(True)
    )
    below = MapLayerOptions().type("default").name("Basemap")
    found = geomap.Panel().title(title).description(about).layers([layer]).basemap(below)
    return _asking(found, queries, 24, now=True).height(14)


def _asking(panel: Any, queries: Queries, span: int, *, now: bool = False) -> Any:
    panel = panel.datasource(SOURCE).span(span).height(8)
    for number, (legend, query) in enumerate(queries.items()):
        asked = _query(legend, query).ref_id(chr(ord("A") + number))
        panel = panel.with_target(asked.instant() if now else asked.range().exemplar(True))
    return panel


def _query(legend: str, query: str) -> Dataquery:
    return Dataquery().expr(query).legend_format(legend).datasource(SOURCE)
