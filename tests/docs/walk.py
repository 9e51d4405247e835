"""Walks through a page as its reader does: types each block, and looks at what comes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import MARKDOWN

WITHIN_S = 120.0
"""How long anything may take until it is seen [s]."""

STATE = ".walked"
"""Where what one block sets is kept for the next one."""

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
    """A reader at work in a folder: what one block sets, the next one has."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self._env = folder, os.environ | env
        self._state = folder / STATE
        self._stay: list[tuple[subprocess.Popen[bytes], Path]] = []

    def take(self, step: Step) -> str:
        """Type a block, and return what came once all that the page shows has come."""
        if STAYS.match(step.script):
            return self._stays(step)
        if step.script.startswith(LEAVES):
            self.leave()
        deadline = time.monotonic() + WITHIN_S
        while True:
            code, said = self.tried(step)
            lacks = missing(step.shown, said)
            if code == 0 and lacks is None:
                return said
            # Who only looks, looks again: what was reported a moment ago is seen shortly.
            again = looks(step.script) and time.monotonic() < deadline
            assert again, f"line {step.line} ended with {code}, lacks {lacks!r}; seen:\n{said}"
            time.sleep(0.3)

    def leave(self) -> None:
        """Press Ctrl-C in every terminal that stays, the last one first."""
        while self._stay:
            process, log = self._stay.pop()
            os.killpg(process.pid, signal.SIGINT)
            process.wait(WITHIN_S)
            assert "Traceback" not in (said := log.read_text()), said

    def tried(self, step: Step) -> tuple[int, str]:
        """Type a block once, and return what it ended with and what came."""
        begin = f"set -a; [ -e {self._state} ] && . {self._state}; set -e"
        end = f"export -p > {self._state}"
        done = subprocess.run(
            ["bash", "-c", f"{begin}\n{step.script}\n{end}"],
            cwd=self.folder, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=WITHIN_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _stays(self, step: Step) -> str:
        log = self.folder / f"terminal-{len(self._stay) + 2}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", step.script],
                cwd=self.folder, env=self._env, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._stay.append((process, log))
        deadline = time.monotonic() + WITHIN_S
        while (lacks := missing(step.shown, log.read_text(errors="replace"))) is not None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"{lacks!r} never came:\n{log.read_text()}"
            time.sleep(0.1)
        return log.read_text()


_LOOKS = re.compile(
    r"forewarn (alerts (list|show|history)|history|notifier pending|rejected list)"
    r"|curl -s|ls |grep |cat "
)


def looks(script: str) -> bool:
    """Tell whether every command of a block only looks, so that it may be typed again."""
    lines = [line for line in script.splitlines() if line.strip() and not line.startswith("#")]
    return all(_LOOKS.search(line) and " -d " not in line for line in lines)
