"""Reads a page as GitHub does: its commands in their order."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
MARKDOWN = MarkdownIt("commonmark").enable("table")

PROGRAMS = ("forewarn ", ".venv/bin/forewarn ", "make ", "curl ")
"""What code within a sentence begins with where it is a command."""

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


@dataclass(frozen=True)
class Command:
    """A command as a page has it.

    ``shown`` is one that a reader is to type: in a block, or in the column ``run`` of a table. Any
    other is named, perhaps without what it needs. Those of one ``block`` are typed in one terminal.
    """

    page: str
    line: int
    text: str
    shown: bool
    block: int

    @property
    def words(self) -> list[str]:
        """What a shell makes of it, without comments."""
        return shlex.split(self.text.replace("\\\n", " "), comments=True)

    @property
    def bare(self) -> str:
        """Itself, without where the program is and without remarks."""
        text = re.sub(r" +#.*$", "", self.text, flags=re.M)
        return text.replace(".venv/bin/forewarn", "forewarn")

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text.splitlines()[0]}"


def pages() -> list[Path]:
    """Return the pages that people read: README.md, and all below docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[Command]:
    """Return the commands of a page in their order.

    They stand in indented code and in fences of ``sh``; in a column ``run`` of a table; and in
    other code within a line that begins with one of ``PROGRAMS``. Other fences hold none. In a
    column ``run``, what begins with no program after a command of ours stands for one of ours.
    """
    name = str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name
    return [Command(name, *found) for found in _commands(MARKDOWN.parse(page.read_text()))]


def statements(block: str, line: int = 1) -> Iterator[tuple[int, str]]:
    """Yield what a shell takes together, and where: a line, what continues it, what it reads."""
    lines = iter(enumerate(block.splitlines(), line))
    for number, text in lines:
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        whole = [text]
        while whole[-1].endswith("\\"):
            whole.append(next(lines)[1])
        for _, end in _HEREDOC.findall("\n".join(whole)):
            while whole[-1] != end:
                whole.append(next(lines)[1])
        yield number, "\n".join(whole)


def _commands(tokens: list[Token]) -> Iterator[tuple[int, str, bool, int]]:
    columns: list[str] = []
    line = column = 0
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        if token.map:
            line = token.map[0] + 1
        if token.type == "code_block":
            yield from ((*found, True, line) for found in statements(token.content, line))
        elif token.type == "fence" and token.info == "sh":
            yield from ((*found, True, line) for found in statements(token.content, line + 1))
        elif token.type in ("table_open", "table_close"):
            columns, column = [], 0
        elif token.type == "tr_open":
            column = 0
        elif token.type == "inline":
            if before.type == "th_open":
                columns.append(token.content)
            runs = columns[column : column + 1] == ["run"]
            column += bool(columns)
            yield from ((line, *found, line) for found in _within(token, runs=runs))


def _within(text: Token, *, runs: bool) -> Iterator[tuple[str, bool]]:
    """Yield the commands within a text, and whether each is shown."""
    ours = False
    for child in text.children or ():
        if child.type != "code_inline":
            continue
        code = child.content
        if code.startswith(PROGRAMS):
            ours = True
            yield code, runs
        elif runs and ours and "forewarn" not in code:
            yield f"forewarn {code}", False
        elif runs:
            yield code, True
