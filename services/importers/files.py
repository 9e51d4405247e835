"""The files that an import writes: whole or not at all, and rejects only where there are any."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from services.importers.rows import Rejected


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when it is complete."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as output:
            yield output
        partial.replace(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


class Rejects:
    """The file of what could not be turned; an import that turns everything leaves none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = ExitStack()
        self._output: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)
        if error is None and self._output is None:
            # Those of an earlier import of the same file would be taken for those of this one.
            self._path.unlink(missing_ok=True)

    @property
    def where(self) -> str:
        """Say where the rejects are, to be put behind a sentence."""
        return f"; rejects in {self._path}" if self._output else "; nothing was rejected"

    def write(self, item: Rejected) -> None:
        """Write one row with what is wrong with it, as a JSON object on a line."""
        if self._output is None:
            self._output = self._opened.enter_context(whole(self._path))
        faults = [dict(zip(("field", "value", "expected"), f, strict=True)) for f in item.faults]
        content = {
            "row": item.row.number,
            "line": item.row.line,
            "reason": item.reason,
            "faults": faults,
            "values": {k: v for k, v in item.row.values.items() if v is not None},
        }
        self._output.write(orjson.dumps(content, default=str) + b"\n")
