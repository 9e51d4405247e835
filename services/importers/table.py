"""Reads the rows of a CSV or Parquet file one by one, in constant memory."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NoReturn

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

_BATCH_ROWS = 1_000


class UnreadableFile(ValueError):
    """The file is not there, is of another kind, or is broken."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data, counted from 1, as the file types it; an empty cell is None."""

    number: int
    cells: dict[str, object]
    ragged: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file, and its rows, which can be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def open_table(path: Path) -> Table:
    """Return the table in ``path``; the file is closed when its rows are read or given up.

    Raises
    ------
    UnreadableFile
        At once, or while the rows are read if the fault lies further down.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        msg = f"{path}: extension {path.suffix!r}; expected {' or '.join(_READERS)}"
        raise UnreadableFile(msg)
    if not path.is_file():
        msg = f"{path}: no such file; give the path of a downloaded release"
        raise UnreadableFile(msg)
    columns, rows = reader
    return Table(columns(path), rows(path))


def _csv_columns(path: Path) -> tuple[str, ...]:
    header = next(_csv_lines(path), None)
    if not header:
        msg = f"{path}: the file is empty; expected a line of column names"
        raise UnreadableFile(msg)
    return tuple(header)


def _csv_rows(path: Path) -> Iterator[Row]:
    lines = _csv_lines(path)
    header = next(lines)
    first = list(islice(lines, 1))
    data = lines if first and _is_hxl(first[0]) else chain(first, lines)
    for number, line in enumerate(data, start=1):
        surplus = [f"column {n}" for n in range(len(header) + 1, len(line) + 1)]
        cells = dict(zip([*header, *surplus], (cell or None for cell in line), strict=False))
        yield Row(number, cells, ragged=len(line) != len(header))


def _csv_lines(path: Path) -> Iterator[list[str]]:
    """Yield the lines that hold anything; an empty line is no row."""
    done = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.reader(file, strict=True):
                done += 1
                if line:
                    yield line
    except (UnicodeDecodeError, csv.Error) as error:
        _unreadable(path, f"after line {done}", error, "CSV in UTF-8")


def _is_hxl(line: list[str]) -> bool:
    """Tell whether a line is HDX's second header, a hashtag a column (the HXL standard)."""
    tags = [cell for cell in line if cell]
    return bool(tags) and all(cell.startswith("#") for cell in tags)


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        _unreadable(path, "its footer", error, "Parquet")


def _parquet_rows(path: Path) -> Iterator[Row]:
    done = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                for cells in batch.to_pylist():
                    done += 1
                    yield Row(done, cells)
    except (pa.ArrowException, OSError) as error:
        _unreadable(path, f"after row {done}", error, "Parquet")


def _unreadable(path: Path, where: str, error: Exception, expected: str) -> NoReturn:
    msg = f"{path}: cannot be read {where}: {error}; expected {expected}: download the file again"
    raise UnreadableFile(msg) from error


_READERS: dict[str, tuple[Callable[[Path], tuple[str, ...]], Callable[[Path], Iterator[Row]]]] = {
    ".parquet": (_parquet_columns, _parquet_rows),
    ".csv": (_csv_columns, _csv_rows),
}
