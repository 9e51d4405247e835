"""Walks through a page as its reader does: types each block, and looks at what comes."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import MARKDOWN
from tests.docs.shell import WITHIN_S, Shell

STAYS = re.compile(r"# in (a|another) \w+ terminal")
"""How a block begins that is typed in a terminal of its own, and stays there."""

LEAVES = "# after Ctrl-C in the other terminals"
"""How a block begins before which all of those are ended."""

# What is different each time; everything else is seen as the page has it.
_VARIES = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?)?"
    r"|\d{8}T\d{6}\.\d{6}Z"
    r"|(?<=127\.0\.0\.1:)\d+"
    r"|(?<=partition )\d+|(?<=offset )\d+"
    r'|(?<="partition":)\d+|(?<="offset":)\d+'
    r"|\d+\.\d%"
    r"|\s*\.\.\.\s*"
)


@dataclass(frozen=True)
class Step:
    """A block of a page, under which heading, and what is seen below it."""

    line: int
    heading: str
    script: str
    shown: tuple[str, ...] = ()


def steps(page: Path) -> list[Step]:
    """Return the blocks of a page in their order; ``text`` right below one is what it shows."""
    found: list[Step] = []
    heading, before = "", ""
    for token in MARKDOWN.parse(page.read_text()):
        if before == "heading_open":
            heading = token.content
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence" and token.info == "sh":
            found.append(Step(line, heading, token.content))
        elif token.type == "fence" and token.info == "text":
            assert before == "fence", f"{page.name}:{line}: shows what no block above it says"
            last = found.pop()
            found.append(Step(last.line, heading, last.script, tuple(_lines(token.content))))
        before = token.type
    return found


def missing(shown: tuple[str, ...], seen: str) -> str | None:
    """Return the first line that is shown and does not come, in order; None when all do."""
    rest = iter(_lines(seen))
    for line in shown:
        if line != "..." and not any(_pattern(line).search(one) for one in rest):
            return line
    return None


def _lines(text: str) -> Iterator[str]:
    """Yield lines without the rules of tables, their cells a blank apart."""
    for line in re.sub(r"[━─┏┓┗┛┡┩╇┳┻└┘┴┬┼├┤│┃]", " ", text).splitlines():
        if words := line.split():
            yield " ".join(words)


def _pattern(line: str) -> re.Pattern[str]:
    parts: list[str] = []
    at = 0
    for found in _VARIES.finditer(line):
        parts += re.escape(line[at : found.start()]), _any_of(found[0])
        at = found.end()
    return re.compile("".join(parts) + re.escape(line[at:]))


def _any_of(varies: str) -> str:
    return ".*" if varies.strip() == "..." else r"[\d:.TZUC %-]+"


class Walk:
    """A reader at work in a shell: what one block sets, the next one has."""

    def __init__(self, typed: Shell) -> None:
        self._typed, self._stay = typed, ExitStack()

    def take(self, step: Step) -> str:
        """Type a block, and return what came once all that the page shows has come."""
        if STAYS.match(step.script):
            return self._stays(step)
        if step.script.startswith(LEAVES):
            self.leave()
        deadline = time.monotonic() + WITHIN_S
        while True:
            done = self._typed.type(f"set -e\n{step.script}")
            lacks = missing(step.shown, done.text)
            if done.code == 0 and lacks is None:
                return done.text
            # Who only looks, looks again: what was reported a moment ago is seen shortly.
            again = looks(step.script) and time.monotonic() < deadline
            assert again, f"line {step.line} ended with {done.code}, lacks {lacks!r}: {done.text}"
            time.sleep(0.3)

    def leave(self) -> None:
        """Press Ctrl-C in every terminal that stays, the last one first."""
        self._stay.close()

    def _stays(self, step: Step) -> str:
        def has_come(said: str) -> bool:
            return missing(step.shown, said) is None

        staying = self._stay.enter_context(self._typed.staying(step.script, has_come, anew=True))
        said = staying.said.text
        assert staying.process.poll() is None, said
        return said


_LOOKS = re.compile(
    r"forewarn (alerts (list|show|history)|history|notifier pending|rejected list)"
    r"|curl -s|ls |grep |cat "
)


def looks(script: str) -> bool:
    """Tell whether every command of a block only looks, so that it may be typed again."""
    lines = [line for line in script.splitlines() if line.strip() and not line.startswith("#")]
    return all(_LOOKS.search(line) and " -d " not in line for line in lines)
