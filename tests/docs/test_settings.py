"""Every setting that a page names is one, and every value that a page gives it is taken."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.settings import Settings
from services.variables import names
from tests.docs.pages import ROOT, commands, pages

OF_TESTS = re.findall(r'"(FOREWARN_TEST_\w+)"', (ROOT / "tests" / "conftest.py").read_text())
"""What chooses how the tests run, and is no setting of the service."""
KNOWN = [*(name.removesuffix("*") for name in names(Settings)), *OF_TESTS]
ids: Any = {"ids": lambda page: str(page.relative_to(ROOT))}


def named(page: Path) -> set[str]:
    """Return the settings that a page names, the beginnings of some among them."""
    return set(re.findall(r"\bFOREWARN_[A-Z0-9_]+", page.read_text()))


@pytest.mark.parametrize("page", pages(), **ids)
def test_every_setting_that_a_page_names_is_one(page: Path) -> None:
    unknown = [
        name
        for name in named(page)
        if name not in KNOWN
        and not (name.endswith("__") and any(one.startswith(name) for one in KNOWN))
    ]
    assert unknown == []


def given(page: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the block, the name and the value of each setting that a command of a page sets."""
    for command in commands(page):
        if command.text.startswith(("FOREWARN_", "export FOREWARN_")):
            for word in shlex.split(command.text, comments=True):
                name, sets, value = word.partition("=")
                if sets and name.startswith("FOREWARN_"):
                    yield command.block, name, value


BLOCKS = sorted({(page, block) for page in pages() for block, _, _ in given(page)})


@pytest.mark.parametrize(
    ("page", "block"), BLOCKS, ids=[f"{p.relative_to(ROOT)}:{b}" for p, b in BLOCKS]
)
def test_what_a_page_sets_is_taken_as_it_stands(
    page: Path, block: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("FOREWARN_")]:
        monkeypatch.delenv(name)
    before = Settings()
    secret = tmp_path / "secret"
    secret.write_text("of a file")
    for _, name, value in (one for one in given(page) if one[0] == block):
        monkeypatch.setenv(name, str(secret) if name.endswith("_FILE") else value)
    after = Settings()
    assert after != before


def test_there_are_settings_to_look_at() -> None:
    assert len(BLOCKS) > 8
    assert len(set().union(*map(named, pages()))) > 60
