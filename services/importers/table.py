"""Reads the rows of a CSV or Parquet file one by one, in constant memory."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from services.faults import Fault

_BATCH_ROWS = 1_000


class UnreadableTable(Fault):
    """The file is not there, is of another kind, is broken, or lacks columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data, counted from 1; an empty cell is None."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became no incident; each fault is a field, its value and what was expected."""

    row: Row
    faults: tuple[tuple[str, str, str], ...]

    @property
    def reason(self) -> str:
        """Return the faults as one line."""
        return "; ".join(f"{field}: found {value}, expected {e}" for field, value, e in self.faults)


def rows(path: Path, needed: Collection[str], aliases: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of ``path`` in order; ``aliases`` maps a file's column names to ours.

    Raises
    ------
    UnreadableTable
        Before the first row when a column of ``needed`` is missing; later when a row is broken.
    """
    source = _csv_rows(path) if _is_csv(path) else _parquet_rows(path)
    number = 0
    for number, cells in enumerate(source, start=1):
        values = {aliases.get(name, name): _filled(cell) for name, cell in cells.items()}
        if number == 1:
            _check(path, needed, values)
        yield Row(number, values)
    if number == 0:
        msg = f"{path}: holds no rows; expected a release with its events"
        raise UnreadableTable(msg)


def count(path: Path) -> int | None:
    """Return the number of rows, or None where only reading the whole file would tell.

    Raises
    ------
    UnreadableTable
        As for ``rows``.
    """
    if _is_csv(path):
        return None
    try:
        total: int = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        _unreadable(path, "at its footer", error, "Parquet")
    return total


def text(value: object) -> str | None:
    """Return a cell as text without blanks around it; None for an empty one."""
    return None if value is None else str(value).strip() or None


def _is_csv(path: Path) -> bool:
    if path.suffix.lower() not in (".csv", ".parquet"):
        msg = f"{path}: extension {path.suffix!r}; expected .csv or .parquet"
        raise UnreadableTable(msg)
    if not path.is_file():
        msg = f"{path}: no such file; give the path of a downloaded release"
        raise UnreadableTable(msg)
    return path.suffix.lower() == ".csv"


def _check(path: Path, needed: Collection[str], columns: Collection[str]) -> None:
    if missing := [name for name in needed if name not in columns]:
        msg = f"{path}: columns {', '.join(missing)} are missing; found {', '.join(columns)}"
        raise UnreadableTable(msg)


def _filled(cell: object) -> object:
    """Return None for blank text and for NaN, which alone differs from itself."""
    blank = (isinstance(cell, str) and not cell.strip()) or cell != cell
    return None if blank else cell


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    done = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = (line for line in csv.reader(file, strict=True) if line)
            header = next(lines, [])
            for line in lines:
                if done == 0 and _is_hxl(line):
                    continue
                cells = dict(zip(header, line, strict=True))
                done += 1
                yield cells
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        _unreadable(path, f"after row {done}", error, "CSV in UTF-8, as many cells as columns")


def _is_hxl(line: list[str]) -> bool:
    """Tell whether a line is HDX's second header, a hashtag a column (the HXL standard)."""
    tags = [cell for cell in line if cell]
    return bool(tags) and all(cell.startswith("#") for cell in tags)


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    done = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                for cells in batch.to_pylist():
                    done += 1
                    yield cells
    except (pa.ArrowException, OSError) as error:
        _unreadable(path, f"after row {done}", error, "Parquet")


def _unreadable(path: Path, where: str, error: Exception, expected: str) -> NoReturn:
    msg = f"{path}: cannot be read {where}: {error}; expected {expected}: download the file again"
    raise UnreadableTable(msg) from error
