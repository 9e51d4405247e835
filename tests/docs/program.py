"""Looks a command of ours up in the program, without running it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from typer.main import get_command

from services.cli import app


class NoSuchCommand(Exception):
    """The program knows no such command or option."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the program: which command of it, with which options."""

    path: tuple[str, ...]
    options: frozenset[str]

    def asks_for(self, other: "Asked") -> bool:
        """Return whether this asks for all that ``other`` does."""
        within = self.path[: len(other.path)] == other.path
        return within and other.options <= self.options


def asked(statement: str) -> list[Asked]:
    """Return what a statement of a shell asks of the program, once for each time.

    Raises
    ------
    NoSuchCommand
        It asks for what is not there.
    """
    return [_looked_up(words) for words in _ours(statement)]


def _ours(statement: str) -> Iterator[list[str]]:
    """Yield the words after each ``forewarn`` that is run, here or elsewhere."""
    line = statement.replace("\\\n", " ").splitlines()[0]
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in (*lexer, ";"):
        if set(word) - set("();<>|&"):
            words.append(word)
            continue
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        for number, said in enumerate(words):
            first = number == 0 or words[number - 1] == "--" or "exec" in words[number - 2 : number]
            if said.endswith("bin/forewarn") or (said == "forewarn" and first):
                yield words[number + 1 :]
                break
        words = []


@cache
def _program() -> Any:
    return get_command(app)


def _looked_up(words: list[str]) -> Asked:
    found = _program()
    rest, path = list(words), []
    while hasattr(found, "commands") and rest:
        if rest[0] not in found.commands:
            raise NoSuchCommand(f"{' '.join(words)}: there is no {rest[0]!r}")
        path.append(rest.pop(0))
        found = found.commands[path[-1]]
    known = {"--help"} | {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
    options = frozenset(word.partition("=")[0] for word in rest if re.match(r"-{1,2}[a-z]", word))
    if not options <= known:
        raise NoSuchCommand(f"{' '.join(words)}: there is no {sorted(options - known)}")
    return Asked(tuple(path), options)
