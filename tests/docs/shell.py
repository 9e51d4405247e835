"""Types what a page shows, as a reader would: in one folder, by bash, with what came before."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.local import kafka
from tests.docs import forking
from tests.docs.pages import ROOT

WITHIN_S = 180.0
"""How long a command may take [s]."""

# What a statement sets holds for those after it. A shell that fails on the way of a pipe fails.
_TYPED = """\
set -o pipefail -a
{before}
{statement}
__ended=$?
export -p > {kept}
exit $__ended
"""

_numbers = itertools.count()

_CURL = "silent\nshow-error\nfail-with-body\nno-progress-meter\n"
"""Lets curl fail where the answer is no success."""


@dataclass(frozen=True)
class Said:
    """What came of a statement."""

    code: int
    text: str


@dataclass(frozen=True)
class Staying:
    """A statement that runs until it is ended, and what it has said so far."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> Said:
        """What has come of it."""
        code = self.process.returncode or 0
        # A shell tells of a signal so.
        return Said(code if code >= 0 else 128 - code, self.log.read_text(errors="replace"))


@dataclass
class Shell:
    """A folder with ``forewarn`` in it, and the words of the pages that mean others here.

    Parameters
    ----------
    folder
        Where statements are typed.
    env
        The variables of each of them.
    here
        What stands on the pages, and what to type in its place: addresses and ids.
    known
        The commands that have done what their pages say.
    """

    folder: Path
    env: dict[str, str]
    here: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def type(self, statement: str, given: str = "/dev/null") -> Said:
        """Run a statement to its end; ``given`` is the file that it reads as a terminal."""
        with (self.folder / given).open("rb") as read:
            done = subprocess.run(
                self._command(statement),
                cwd=self.folder,
                env=self.env,
                stdin=read,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=WITHIN_S,
                check=False,
            )
        return Said(done.returncode, done.stdout.decode())

    def watch(self, statement: str, until: str) -> Said:
        """Run a statement that stays; end it by Ctrl-C once it has said ``until``, or ended."""
        with self.staying(statement, lambda said: bool(re.search(until, said, re.M))) as watched:
            pass
        return watched.said

    @contextmanager
    def staying(
        self, statement: str, has_come: Callable[[str], bool], *, anew: bool = False
    ) -> Iterator["Staying"]:
        """Run a statement for as long as the context lasts, once it has said enough, or ended.

        ``anew`` is a terminal of its own, in which nothing is set. Ctrl-C ends it, in order.
        """
        log = self.folder / f"staying-{next(_numbers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._command(statement, anew=anew),
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        staying = Staying(process, log)
        try:
            ends = time.monotonic() + WITHIN_S
            while process.poll() is None and not has_come(staying.said.text):
                assert time.monotonic() < ends, staying.said.text
                time.sleep(0.02)
            yield staying
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(WITHIN_S)
            assert "Traceback" not in staying.said.text, staying.said.text
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def read(self, name: str) -> str:
        """Return what stands in a file that a statement has written."""
        return (self.folder / name).read_text()

    def forget(self) -> None:
        """Begin a page: nothing is set any more."""
        self._kept.unlink(missing_ok=True)

    def leave_settings(self) -> None:
        """Begin a block: settings that were given in another one do not count here."""
        if self._kept.exists():
            lines = self._kept.read_text().splitlines(keepends=True)
            left = [one for one in lines if not one.startswith("declare -x FOREWARN_")]
            self._kept.write_text("".join(left))

    @property
    def _kept(self) -> Path:
        return self.folder / ".kept"

    def _command(self, statement: str, *, anew: bool = False) -> list[str]:
        for shown, meant in self.here.items():
            statement = statement.replace(shown, meant)
        before = f"[ ! -f {self._kept} ] || . {self._kept}"
        typed = _TYPED.format(before=":" if anew else before, statement=statement, kept=self._kept)
        return ["bash", "-c", typed]


@contextmanager
def shell(folder: Path, env: dict[str, str]) -> Iterator[Shell]:
    """Make a folder in which ``forewarn`` and ``.venv/bin/forewarn`` run at once."""
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    at = folder / "forking.socket"
    forking.write_program(binaries / "forewarn", at)
    (folder / ".curlrc").write_text(_CURL)
    for name in ("deploy", "docs"):
        (folder / name).symlink_to(ROOT / name)
    # Kafka's libraries are fetched once for all tests.
    libraries = kafka.LIBRARIES.parent
    (ROOT / libraries).mkdir(parents=True, exist_ok=True)
    (folder / libraries).parent.mkdir(exist_ok=True)
    (folder / libraries).symlink_to(ROOT / libraries)
    own = {
        "HOME": str(folder),
        "PATH": f"{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        # A terminal shows what is said at once; a file does not.
        "PYTHONUNBUFFERED": "1",
    }
    whole = {name: said for name, said in os.environ.items() if not name.startswith("FOREWARN_")}
    whole |= own | env
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.forking", at], cwd=folder, env=whole
    )
    try:
        ends = time.monotonic() + WITHIN_S
        while not at.exists():
            assert server.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.05)
        yield Shell(folder, whole)
    finally:
        server.kill()
        server.wait()
