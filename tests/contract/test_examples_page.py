"""The examples that people copy are short, need nothing of Forewarn, and are told of."""

import ast
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
PAGE = (DOCS / "examples.md").read_text()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short_says_what_it_needs_and_imports_nothing_of_ours(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 80
    tree = ast.parse(text)
    head = ast.get_docstring(tree) or ""
    assert re.search(r"^Needs: pip install .+", head, re.M), head
    assert re.search(rf"^Run: .+ python {path.name}$", head, re.M), head
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(a.name for a in node.names)]
    }
    assert not imported & {"services", "models", "schemas", "tests", "faust"}


def test_the_page_names_every_example_and_none_that_is_not_there() -> None:
    linked = set(re.findall(r"\(examples/([a-z]+\.py)\)", PAGE))
    assert linked == {path.name for path in EXAMPLES}
    assert len(linked) == 4


def test_what_an_example_needs_to_be_told_is_told_on_the_page() -> None:
    for path in EXAMPLES:
        for variable in re.findall(r'environ(?:\.get\(|\[)"([A-Z]+)"', path.read_text()):
            assert f"`{variable}`" in PAGE, (path.name, variable)
