"""The rules of Prometheus: loaded, proven both ways, explained, and about what is told."""

import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from services.metrics.table import TABLE, Kind

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RUNBOOKS = FOLDER.parents[1] / "docs" / "runbooks.md"
RULES = ("recording.yml", "service.yml", "risk.yml")

OF_PROMETHEUS = {"up"}
"""What Prometheus itself tells."""


def loaded(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def rules() -> list[dict[str, Any]]:
    return [r for name in RULES for group in loaded(name)["groups"] for r in group["rules"]]


ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in rules() if "record" in rule}


@pytest.fixture
def promtool() -> str:
    found = which("promtool")
    if found is None:
        pytest.skip("no promtool (package prometheus)")
    return found


@pytest.mark.parametrize(
    "command", ["check config prometheus.yml", "test rules tests.yml"], ids=["config", "rules"]
)
def test_promtool_finds_nothing_wrong(promtool: str, command: str) -> None:
    done = subprocess.run(
        [promtool, *command.split()], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_amtool_finds_nothing_wrong_with_whom_the_rules_tell() -> None:
    if which("amtool") is None:
        pytest.skip("no amtool (package prometheus-alertmanager)")
    file = FOLDER.parent / "alertmanager" / "alertmanager.yml"
    done = subprocess.run(
        ["amtool", "check-config", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_rules_is_loaded_and_tested() -> None:
    assert set(loaded("prometheus.yml")["rule_files"]) == set(RULES)
    assert set(loaded("tests.yml")["rule_files"]) == set(RULES)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_is_proven_to_fire_and_to_be_silent(rule: dict[str, Any]) -> None:
    proven = [
        bool(case["exp_alerts"])
        for test in loaded("tests.yml")["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]
    assert set(proven) == {True, False}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_says_what_is_wrong_what_to_do_and_where_more_stands(
    rule: dict[str, Any],
) -> None:
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "action", "runbook"}
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert RUNBOOKS.match(page)
    headings = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    assert [name for name in headings if name.lower() == anchor] == [rule["alert"]]


def test_no_runbook_is_of_a_rule_that_is_gone() -> None:
    headings = set(re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE))
    assert headings == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_only_for_what_is_told(rule: dict[str, Any]) -> None:
    histograms = {m.name for m in TABLE if m.kind is Kind.HISTOGRAM}
    told = {m.name for m in TABLE} - histograms
    told |= {name + end for name in histograms for end in ("_bucket", "_sum", "_count")}
    expression = re.sub(r'"[^"]*"', "", rule["expr"])
    asked = set(re.findall(r"\bforewarn[a-z0-9_:]*", expression))
    assert asked or "up{" in expression
    assert asked <= told | RECORDED | OF_PROMETHEUS
