"""The threat model names the tests that show what it says; each of them is there and is run."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"


def rows() -> list[list[str]]:
    """Return the threats: who and how, what stops it, the tests that show it."""
    text = PAGE.read_text()
    table = text.partition("<!-- threats -->")[2].partition("<!-- end of threats -->")[0]
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def named() -> set[str]:
    return {test for row in rows() for test in re.findall(r"`(tests/[^`]+)`", row[2])}


def missing(tests: Iterable[str]) -> list[str]:
    """Return those of ``tests`` that would not be run: pytest runs functions of such a name."""
    return [test for test in sorted(tests) if test.partition("::")[2] not in _tests_in(test)]


def _tests_in(test: str) -> set[str]:
    file = ROOT / test.partition("::")[0]
    if not (file.is_file() and file.name.startswith("test_")):
        return set()
    found = ast.parse(file.read_text()).body
    functions = [one for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {one.name for one in functions if one.name.startswith("test_")}


def test_each_threat_is_told_with_a_test_that_shows_that_it_does_not_work() -> None:
    assert len(rows()) > 30
    for row in rows():
        assert len(row) == 3, row
        assert all(row), row
        left = re.sub(r"`tests/[\w/]+\.py::test_\w+`(, )?", "", row[2])
        assert left == "", f"{row[0]}: expected names of tests with commas between, found {left!r}"


def test_each_test_that_it_names_is_there_and_is_run() -> None:
    assert missing(named()) == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    there = "tests/contract/test_threat_model.py::test_a_test_that_is_not_there_is_noticed"
    assert missing([there]) == []
    gone = there.replace("noticed", "gone")
    assert gone in missing([there, gone])


def test_what_it_does_not_protect_against_is_told_too() -> None:
    head = "## What it does not protect against"
    told = [p for p in PAGE.read_text().partition(head)[2].split("\n- **") if p.strip()]
    assert len(told) > 8
