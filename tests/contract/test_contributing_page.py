"""The page for contributors names files, tests and packages that are there."""

import ast
import re
from pathlib import Path

from tests.contract.test_threat_model import ROOT, missing
from tests.docs.links import links

PAGE = ROOT / "docs" / "contributing.md"
TOPS = {".ci", "deploy", "docs", "models", "schemas", "services", "tests"}


def code() -> list[str]:
    """Return what stands between marks of code on one line."""
    return re.findall(r"`([^`\n]+)`", PAGE.read_text())


def paths() -> list[Path]:
    """Return the files and folders that the page names; of one to be made, the folder."""
    named = [text.partition("::")[0] for text in code() if text.partition("/")[0] in TOPS]
    words = [word for text in code() if text.startswith(".venv/") for word in text.split()]
    named += [word for word in words if word.partition("/")[0] in TOPS]
    return [ROOT / (name.rpartition("/")[0] if "NAME" in name else name) for name in named]


def packages() -> dict[str, str]:
    """Return each package of the layers with the first line of its docstring."""
    tops = [ROOT / top for top in ("schemas", "models", "services")]
    files = [*(top / "__init__.py" for top in tops), *(f for top in tops for f in within(top))]
    told = {file.parent: ast.get_docstring(ast.parse(file.read_text())) or "" for file in files}
    return {str(at.relative_to(ROOT)): text.partition("\n")[0] for at, text in told.items()}


def within(top: Path) -> list[Path]:
    return sorted(top.glob("*/__init__.py"))


def test_every_path_that_it_names_is_there() -> None:
    assert len(paths()) > 60
    assert [str(path) for path in paths() if not path.exists()] == []


def test_every_test_that_it_names_is_there_and_is_run() -> None:
    named = [text for text in code() if "::" in text]
    assert len(named) > 30
    assert missing(named) == []


def test_each_way_of_adding_something_names_its_files_in_order_and_a_check() -> None:
    ways = PAGE.read_text().split("\n## Add ")[1:]
    assert len(ways) == 7
    for way in ways:
        assert re.search(r"^1\. ", way, re.MULTILINE)
        assert "\nCheck: `.venv/bin/pytest tests/" in way
        assert "::test_" in way


def test_each_package_is_told_as_it_tells_of_itself() -> None:
    rows = re.findall(
        r"^\| `(schemas|(?:models|services)[\w/]*)` \| (.*) \|$", PAGE.read_text(), re.M
    )
    assert dict(rows) == packages()


def test_code_is_linked() -> None:
    assert sum(link.endswith(".py") for link in links(PAGE)) > 20
