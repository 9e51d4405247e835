"""The shape of the code: layers, purity, sizes, first lines."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [p for top in ("schemas", "models", "services") for p in sorted((ROOT / top).rglob("*.py"))]


def test_the_layer_contracts_are_kept() -> None:
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert lint.returncode == 0, lint.stdout


def test_no_file_is_longer_than_400_lines_and_half_are_at_most_100() -> None:
    lengths = sorted(len(p.read_text().splitlines()) for p in CODE)
    assert lengths[-1] <= 400
    assert lengths[len(lengths) // 2] <= 100


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_says_its_reason_in_its_first_line(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, "a module docstring is missing"
    assert docstring.splitlines()[0].endswith((".", "``", ":")), docstring


def test_making_a_page_waits_for_nothing() -> None:
    """NiceGUI gives up a page that is not made within 3 s: what is read is read before."""
    pages = [
        node
        for path in sorted((ROOT / "services/console").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any("ui.page(" in ast.unparse(by) for by in node.decorator_list)
    ]
    assert len(pages) > 5
    assert [page.name for page in pages if isinstance(page, ast.AsyncFunctionDef)] == []


@pytest.mark.parametrize("top", ["schemas", "models/domain"])
def test_decisions_read_no_clock_and_draw_no_random_number(top: str) -> None:
    for path in sorted((ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {a.name for a in node.names} | {getattr(node, "module", "")}
                assert not names & {"random", "time", "uuid", "secrets"}, f"{path}:{node.lineno}"


def test_importing_the_packages_reads_no_setting_and_opens_nothing() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a connection was opened at import')\n"
        "socket.socket.connect = refuse\n"
        "for name in sys.argv[1:]: __import__(name)\n"
    )
    names = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in CODE
    ]
    run = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        # Settings that are read at import would fail on this one.
        env=os.environ | {"FOREWARN_SEGMENT_KM": "not a number"},
    )
    assert run.returncode == 0, run.stderr[-2000:]
