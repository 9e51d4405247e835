"""Every ``make`` that a page names has a rule, whose programs and options there are."""

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.util import find_spec

import pytest

from tests.deploy.processes import refuse_unknown_command
from tests.docs.pages import ROOT, Command, commands, pages

MADE = sorted(
    {
        command.text: command
        for page in pages()
        for command in commands(page)
        if command.words[:1] == ["make"]
    }.values(),
    key=lambda command: command.text,
)


@cache
def recipe(text: str) -> list[list[str]]:
    """Return what ``make`` would run, without running it."""
    # What the tests themselves were made with would reach it through the environment.
    plain = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(
        [*shlex.split(text, comments=True), "--dry-run"],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [shlex.split(line) for line in done.stdout.replace("\\\n", " ").splitlines()]


@cache
def options(module: str) -> str:
    """Return what a program of ours says that it takes."""
    asked = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("command", MADE, ids=lambda command: command.text)
def test_what_a_page_makes_has_a_rule_and_runs_what_there_is(command: Command) -> None:
    ran = 0
    for words in recipe(command.text):
        program = next((n for n, word in enumerate(words) if word.startswith(".venv/bin/")), None)
        if program is None:
            continue
        ran += 1
        name, rest = words[program].removeprefix(".venv/bin/"), words[program + 1 :]
        if name == "forewarn":
            refuse_unknown_command(tuple(rest))
        elif name == "pytest":
            missing = [word for word in rest if "/" in word and not (ROOT / word).exists()]
            assert missing == []
        elif name == "python" and rest[0] == "-m":
            assert find_spec(rest[1]) is not None
            for option in (word for word in rest[2:] if word.startswith("--")):
                assert option in options(rest[1])
    # Where the tests run, all is installed.
    assert ran > 0 or command.text in ("make help", "make install", "make audit")


def test_a_variable_that_a_page_gives_is_one_that_the_rules_know() -> None:
    text = (ROOT / "Makefile").read_text()
    given = {name for command in MADE for name in re.findall(r"\b([A-Z]+)=", command.text)}
    assert {"ARGS", "KILLS"} <= given
    assert [name for name in given if not re.search(rf"^{name} \?=", text, re.M)] == []


def test_there_is_no_rule_for_what_nobody_made_up() -> None:
    with pytest.raises(AssertionError, match="No rule to make target"):
        recipe("make tea")
