"""The dashboards: what their generator writes, and of what is told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.dashboards import DASHBOARDS, written
from services.metrics.table import TABLE, Kind
from tests.deploy.test_rules import OF_PROMETHEUS, RECORDED

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
NAMES = list(DASHBOARDS)

OF_ANY_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
"""What Prometheus' client for Python tells of any process."""


def read(name: str) -> Any:
    return json.loads((FOLDER / "dashboards" / f"{name}.json").read_text())


def panels() -> list[Any]:
    return [
        pytest.param(panel, id=f"{name}: {panel['title']}")
        for name in NAMES
        for panel in read(name)["panels"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_is_what_its_generator_writes(name: str) -> None:
    text = (FOLDER / "dashboards" / f"{name}.json").read_text()
    assert written(DASHBOARDS[name]()) == text, "run: make dashboards"


def test_no_dashboard_is_left_of_a_generator_that_is_gone() -> None:
    assert {path.stem for path in (FOLDER / "dashboards").glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("panel", panels())
def test_a_panel_says_what_it_shows_and_asks_only_for_what_is_told(panel: Any) -> None:
    assert panel["title"]
    assert panel["description"].endswith((".", "right", "shifted", "failed", "enable"))
    assert panel["fieldConfig"]["defaults"]["unit"] if panel["type"] != "geomap" else True
    refs = [target["refId"] for target in panel["targets"]]
    assert len(set(refs)) == len(refs) > 0
    assert all(target["datasource"]["uid"] == "prometheus" for target in panel["targets"])
    for target in panel["targets"]:
        named = set(re.findall(r"\b(?:forewarn|process|up)[a-z0-9_:]*", _bare(target["expr"])))
        assert named
        assert named <= TOLD


def _bare(expression: str) -> str:
    """Return an expression without labels: what is in braces and after ``by``."""
    return re.sub(r"\{[^}]*\}|by \([^)]*\)", "", expression)


HISTOGRAMS = {m.name for m in TABLE if m.kind is Kind.HISTOGRAM}
TOLD = (
    {m.name for m in TABLE if m.kind is not Kind.HISTOGRAM}
    | {f"{name}_bucket" for name in HISTOGRAMS}
    | RECORDED
    | OF_PROMETHEUS
    | OF_ANY_PROCESS
)


def test_what_provisioning_names_is_what_the_panels_ask() -> None:
    told = (FOLDER / "provisioning" / "datasources" / "prometheus.yml").read_text()
    assert "uid: prometheus" in told
    assert "url: http://prometheus:9090" in told
