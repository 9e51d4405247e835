"""Whatever a page shows or names is there, and is run: by the walk, or by a test that is named."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.elsewhere import BY, HELD, NOT_TYPED, PAGES
from tests.docs.pages import ROOT, Command, commands, pages
from tests.docs.program import Asked, NoSuchCommand, asked

ALL = [command for page in pages() for command in commands(page)]
SHOWN = [c for c in ALL if c.shown and c.page not in NOT_TYPED]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_is_there(page: Path) -> None:
    for command in commands(page):
        asked(command.text)


def test_what_a_sentence_names_is_shown_and_run_somewhere() -> None:
    named = [c for c in ALL if not c.shown]
    never = [
        str(c) for c in named for one in asked(c.text) if not any(o.asks_for(one) for o in run())
    ]
    assert len(named) > 60
    assert never == []


@cache
def run() -> list[Asked]:
    """Return what is asked of the program by what is typed, or by a test of the table."""
    texts = (*(command.text for command in SHOWN), *BY)
    return [one for text in texts for one in asked(text)]


@pytest.mark.parametrize("text", BY)
def test_what_is_left_to_another_test_is_run_there(text: str) -> None:
    assert [c for c in ALL if c.bare == text], "no page has it"
    path, _, name = BY[text].partition("::")
    module = (ROOT / path).read_text()
    if name:
        defined = {one.name for one in ast.walk(ast.parse(module)) if hasattr(one, "name")}
        assert name in defined
    said = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", module.lower()))
    assert words_of(text) - said == set()


def words_of(text: str) -> set[str]:
    """Return what a test must say that runs a command: its parts, its options, its settings."""
    settings = re.findall(r"^FOREWARN_(?:\w+__)?(\w+)=", text)
    parts = {word for one in asked(text) for word in (*one.path, *(o[2:] for o in one.options))}
    return parts | {word for setting in settings for word in setting.lower().split("_")}


@pytest.mark.parametrize("text", HELD)
def test_what_cannot_run_here_names_what_there_is(text: str) -> None:
    assert [c for c in ALL if c.bare == text], "no page has it"
    path, stands = HELD[text]
    assert re.search(stands, (ROOT / path).read_text(), re.M)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_left_to_another_test_is_read_there(page: str) -> None:
    assert (ROOT / page).exists()
    assert page.rpartition("/")[2] in (ROOT / PAGES[page]).read_text()


def test_a_command_is_found_in_whatever_runs_it() -> None:
    assert asked("A=1 .venv/bin/forewarn alerts list --closed | head; forewarn doctor") == [
        Asked(("alerts", "list"), frozenset({"--closed"})),
        Asked(("doctor",), frozenset()),
    ]
    assert asked("(umask 077; x run -p F=/e /o/bin/forewarn keys create a --scope admin > k)") == [
        Asked(("keys", "create"), frozenset({"--scope"}))
    ]
    assert asked("kubectl -n forewarn get pods") == []
    assert asked("forewarn") == [Asked((), frozenset())]


@pytest.mark.parametrize("text", ["forewarn alert list", "x; forewarn alerts list --close"])
def test_what_is_not_there_is_told(text: str) -> None:
    with pytest.raises(NoSuchCommand, match="there is no"):
        asked(text)


def test_each_command_has_a_page_and_a_line() -> None:
    command = Command("docs/x.md", 3, "forewarn up", shown=True, block=3)
    assert str(command) == "docs/x.md:3: forewarn up"
