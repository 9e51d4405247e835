"""A dump on disk: one file of records for each partition, and a manifest that names them all."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.faults import Fault

MANIFEST = "manifest.json"
"""Is written last: a folder without it holds no dump."""


class BadDump(Fault):
    """A folder is no whole dump, or no place for one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record, as it stood in its partition; ``at`` is Kafka's timestamp [ms]."""

    offset: int
    at: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Part(BaseModel):
    """One partition of a topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str = Field(description="Without the deployment's prefix.")
    partition: int = Field(ge=0)
    records: int = Field(ge=0)
    sha256: str = Field(description="Of the file, in hexadecimal.")

    @property
    def file(self) -> str:
        """The name of its file."""
        return name_of(self.topic, self.partition)


class Manifest(BaseModel):
    """What a dump holds, and how far the workers had come with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal[1] = 1
    made_at: datetime
    partitions: int = Field(ge=1)
    committed: dict[str, dict[int, int]] = Field(
        description="The next offset of each partition that the workers' group had to read."
    )
    parts: tuple[Part, ...]

    @property
    def records(self) -> int:
        """How many records there are in all."""
        return sum(part.records for part in self.parts)


def name_of(topic: str, partition: int) -> str:
    """Return the name of a partition's file."""
    return f"{topic}.{partition}.ndjson.gz"


class Writing:
    """Writes the records of one partition, one JSON object a line.

    Bytes are written as Latin-1 text, one character a byte: whatever they are, they come back.
    """

    def __init__(self, folder: Path, topic: str, partition: int) -> None:
        self._topic, self._partition, self._records = topic, partition, 0
        self._path = folder / name_of(topic, partition)

    def __enter__(self) -> Self:
        """Begin the file."""
        self._raw = self._path.open("xb")
        # Without the time of writing: the same records give the same file.
        self._packed = gzip.GzipFile("", "wb", 6, cast(BinaryIO, self._raw), mtime=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the file."""
        self._packed.close()
        self._raw.close()

    def add(self, line: Line) -> None:
        """Write a record."""
        said = {
            "offset": line.offset,
            "at": line.at,
            "key": _text(line.key),
            "value": _text(line.value),
            "headers": [(name, _text(value)) for name, value in line.headers],
        }
        self._packed.write(orjson.dumps(said) + b"\n")
        self._records += 1

    def part(self) -> Part:
        """Return what the manifest says of the file, once it has ended."""
        return Part(
            topic=self._topic,
            partition=self._partition,
            records=self._records,
            sha256=_digest(self._path),
        )


def place_for(folder: Path) -> None:
    """Make the folder of a new dump.

    Raises
    ------
    BadDump
        It holds something already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        msg = f"{folder}: is not empty; expected a new folder, so that no dump is written over"
        raise BadDump(msg)


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: from then on the folder holds a dump."""
    half = folder / f"{MANIFEST}.part"
    half.write_text(manifest.model_dump_json(indent=2) + "\n")
    half.rename(folder / MANIFEST)


def read(folder: Path) -> Manifest:
    """Return what a folder holds, once every file of it is as it was written.

    Raises
    ------
    BadDump
        It holds no whole dump.
    """
    path = folder / MANIFEST
    try:
        found = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        msg = f"{folder}: has no {MANIFEST}; expected a folder that 'forewarn topics dump' ended"
        raise BadDump(msg) from None
    except ValidationError as error:
        msg = f"{path}: {error.errors()[0]['msg']}; expected a dump of form 1"
        raise BadDump(msg) from error
    for part in found.parts:
        _check(folder, part)
    return found


def _check(folder: Path, part: Part) -> None:
    path = folder / part.file
    if not path.is_file():
        msg = f"{path}: is missing; copy the whole folder"
        raise BadDump(msg)
    if _digest(path) != part.sha256:
        msg = f"{path}: is not as it was written (SHA-256); take another copy of the dump"
        raise BadDump(msg)


def lines(folder: Path, part: Part) -> Iterator[Line]:
    """Yield the records of a partition, in order."""
    with gzip.open(folder / part.file) as packed:
        for raw in packed:
            said = orjson.loads(raw)
            headers = tuple((name, _bytes(value)) for name, value in said["headers"])
            key, value = _bytes(said["key"]), _bytes(said["value"])
            yield Line(said["offset"], said["at"], key, value, headers)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
