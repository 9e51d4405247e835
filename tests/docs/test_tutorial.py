"""docs/tutorial.md: every block as it stands, in order, shows what the page says that it shows."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.broker import BrokerKind
from services.ports import free_port
from tests.conftest import kind_under_test
from tests.docs.pages import ROOT
from tests.docs.shell import shell
from tests.docs.walk import STAYS, Walk, missing, steps

PAGE = ROOT / "docs" / "tutorial.md"


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    """A reader in a folder like that of the repository, in which nothing has run yet."""
    with shell(tmp_path, {"FOREWARN_GATEWAY__PORT": str(free_port())}) as typed:
        _check_out(tmp_path)
        found = Walk(typed)
        try:
            yield found
        finally:
            found.leave()


def _check_out(folder: Path) -> None:
    """Make a folder of a shell's one in which the program is installed, with data of its own."""
    for path in ROOT.iterdir():
        if path.name != ".git" and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    # What make looks at to see that there is nothing to install.
    (folder / ".venv" / ".run").touch()
    (folder / ".venv" / ".dev").touch()


@pytest.mark.skipif(
    kind_under_test() is BrokerKind.TANSU,
    reason="Tansu has no gateway, to which the page reports what it then shows",
)
def test_the_tutorial_shows_what_it_says(walk: Walk) -> None:
    for step in steps(PAGE):
        walk.take(step)


def test_most_blocks_say_what_is_seen() -> None:
    found = steps(PAGE)
    assert len([step for step in found if step.shown]) > 12
    assert len([step for step in found if STAYS.match(step.script)]) == 3


def test_what_does_not_come_is_noticed() -> None:
    shown = ("WATCH KHM-THA-050-12:20260501T091200.123456Z 2026-05-01 09:12Z", "...", "two")
    seen = "│ WATCH │ KHM-THA-050-12:20270101T000000.000001Z │ 2027-01-01 00:00Z │\nthree\ntwo\n"
    assert missing(shown, seen) is None
    assert missing(shown, seen.replace("WATCH", "WARNING")) == shown[0]
    assert missing(shown, seen.replace("two", "one")) == "two"
    assert missing(("two", "three"), "three\ntwo") == "three", "in their order"
