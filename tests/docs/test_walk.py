"""The commands of the pages, typed one after the other as they stand, at a stack of their own."""

import re
from pathlib import Path
from shutil import which

import pytest

from services.local.broker import BrokerKind
from tests.conftest import kind_under_test
from tests.docs import expected
from tests.docs.elsewhere import left_alone, walked
from tests.docs.pages import ROOT, Command, commands
from tests.docs.shell import Shell

LACKING = [name for name in ("curl", "jq", "unzip") if which(name) is None]

pytestmark = [
    pytest.mark.skipif(
        kind_under_test() is BrokerKind.TANSU,
        reason="the gateway, to which much is said here, does not run on Tansu",
    ),
    pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}"),
]


@pytest.mark.parametrize("page", walked(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_runs_as_it_stands(page: Path, typed: Shell) -> None:
    typed.forget()
    faults, block, plain = [], 0, True
    for command in commands(page):
        if not command.shown or left_alone(command.bare):
            continue
        if command.block != block:
            block, plain = command.block, True
            typed.leave_settings()
        plain = plain and command.bare.startswith("forewarn ")
        # What another page has had typed, and nothing here changes, is not typed again.
        if plain and command.bare in typed.known:
            continue
        if fault := type_one(typed, command):
            faults.append(f"{command}\n{fault}")
        elif plain:
            typed.known.add(command.bare)
    assert faults == []


def type_one(typed: Shell, command: Command) -> str | None:
    """Type a command; return what is wrong with what came of it."""
    text = command.bare
    statement, says = expected.aside(text) + command.text, expected.says(text)
    done = typed.watch(statement, says) if text in expected.STAYS else typed.type(statement)
    said = done.text + "".join(typed.read(name) for name in re.findall(r"> (\S+)$", text))
    print(f"$ {statement}\n{said[-2000:]}")
    if done.code != expected.code(text):
        return f"ended with {done.code}:\n{said}"
    return None if re.search(says, said, re.M) else f"did not say {says!r}:\n{said}"


def test_each_expectation_is_of_a_command_that_is_typed() -> None:
    texts = [c.bare for page in walked() for c in commands(page) if c.shown]
    of = (*expected.STAYS, *expected.SAYS, *expected.ENDS, *expected.ASIDE)
    assert [one for one in of if not any(text.startswith(one) for text in texts)] == []
