"""Opens what an import reads: a file, the one table of a zip, or standard input."""

import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from services.faults import Fault

STANDARD_INPUT = Path("-")


class UnreadableTable(Fault):
    """The file is not there, is of another kind, is broken, or lacks columns."""


class Format(StrEnum):
    """How rows are written; CSV is separated by commas or by tabs, which its first line shows."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


_BY_EXTENSION = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".parquet": Format.PARQUET,
}


@dataclass(frozen=True, slots=True)
class Input:
    """What to read: a path, ``-`` for standard input; ``format`` None: to be detected."""

    path: Path
    format: Format | None = None

    @property
    def called(self) -> str:
        """What messages call it."""
        return "standard input" if self.path == STANDARD_INPUT else str(self.path)

    @property
    def name(self) -> str:
        """A name for the files that go with it."""
        return "stdin" if self.path == STANDARD_INPUT else self.path.name

    @contextmanager
    def opened(self) -> Iterator[tuple[IO[bytes], Format]]:
        """Open it, and tell its format: the one given, its extension's, or that of its first byte.

        Raises
        ------
        UnreadableTable
            It is not there, or its format can neither be told nor be read from where it comes.
        """
        if self.path == STANDARD_INPUT:
            source = cast(BufferedReader, sys.stdin.buffer)
            yield source, self._piped(self.format or _shown(source.peek(64)))
        elif not self.path.is_file():
            msg = (
                f"{self.path}: no such file; give the path of a downloaded release, or - for a pipe"
            )
            raise UnreadableTable(msg)
        elif self.path.suffix.lower() == ".zip":
            with zipfile.ZipFile(self.path) as archive, archive.open(self._member(archive)) as file:
                yield file, self._piped(self.format or self._extension(Path(file.name)))
        else:
            found = self.format or self._extension(self.path)
            with self.path.open("rb") as file:
                yield file, found

    def _extension(self, path: Path) -> Format:
        found = _BY_EXTENSION.get(path.suffix.lower())
        if found is None:
            msg = (
                f"{self.called}: extension {path.suffix!r}; expected .csv or .parquet, .tsv, "
                ".ndjson, .jsonl or a .zip of one of them: give --format"
            )
            raise UnreadableTable(msg)
        return found

    def _piped(self, found: Format) -> Format:
        """Refuse what has its index at the end, so that it cannot be read as it comes."""
        if found is Format.PARQUET:
            msg = f"{self.called}: Parquet is not read from a pipe or a zip; give the file itself"
            raise UnreadableTable(msg)
        return found

    def _member(self, archive: zipfile.ZipFile) -> str:
        names = [i.filename for i in archive.infolist() if not i.is_dir()]
        if len(names) != 1:
            msg = f"{self.called}: holds {len(names)} files; expected one table: unpack it"
            raise UnreadableTable(msg)
        return names[0]


def _shown(beginning: bytes) -> Format:
    if beginning.startswith(b"PAR1"):
        return Format.PARQUET
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Format.NDJSON if text.startswith((b"{", b"[")) else Format.CSV
