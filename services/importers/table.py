"""Reads the rows of a table one by one, in constant memory."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from services.importers import delimited, lines
from services.importers.inputs import Format, Input, UnreadableTable
from services.importers.rows import Rejected, Row, filled

__all__ = ["Columns", "Rejected", "Row", "UnreadableTable", "count", "rows"]

_BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a dataset's tables are called.

    Parameters
    ----------
    needed
        Those without which a table is another dataset's.
    aliases
        What some editions call a column, and its name here.
    unnamed
        The names by position of tables that come without a header, separated by tabs.
    """

    needed: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    unnamed: tuple[str, ...] = ()


def rows(
    path: Path | Input,
    needed: Collection[str],
    aliases: Mapping[str, str],
    unnamed: tuple[str, ...] = (),
) -> Iterator[Row | Rejected]:
    """Yield the rows of ``path`` in order; ``aliases`` maps a file's column names to ours.

    Where each line stands by itself (NDJSON, tables without a header) one that is broken is
    rejected. In CSV with quotes it may have swallowed those after it: there the file is refused.

    Raises
    ------
    UnreadableTable
        Before the first row when a column of ``needed`` is missing; later when a row is broken.
    """
    source = path if isinstance(path, Input) else Input(path)
    done = 0
    with ExitStack() as stack:
        try:
            file, found = stack.enter_context(source.opened())
            for row in _rows(file, found, unnamed):
                done += 1
                if isinstance(row, Rejected):
                    yield row
                    continue
                values = {aliases.get(name, name): filled(c) for name, c in row.values.items()}
                if done == 1:
                    _check(source, needed, values, found)
                yield Row(done, dict.fromkeys(needed) | values, row.line)
        except (ValueError, pa.ArrowException, OSError, BadZipFile, EOFError) as error:
            _unreadable(source, f"after row {done}", error)
    if done == 0:
        msg = f"{source.called}: holds no rows; expected a release with its events"
        raise UnreadableTable(msg)


def count(path: Path | Input) -> int | None:
    """Return the number of rows, or None where only reading the whole file would tell.

    Raises
    ------
    UnreadableTable
        As for ``rows``.
    """
    source = path if isinstance(path, Input) else Input(path)
    try:
        with source.opened() as (file, found):
            if found is not Format.PARQUET:
                return None
            total: int = pq.ParquetFile(file).metadata.num_rows
            return total
    except (pa.ArrowException, OSError, BadZipFile) as error:
        _unreadable(source, "at its footer", error)


def _rows(file: Any, found: Format, unnamed: tuple[str, ...]) -> Iterator[Row | Rejected]:
    match found:
        case Format.PARQUET:
            return _parquet_rows(file)
        case Format.NDJSON:
            return lines.objects(file)
        case Format.CSV:
            return delimited.rows(file, unnamed)


def _check(source: Input, needed: Collection[str], columns: Collection[str], found: Format) -> None:
    missing = [name for name in needed if name not in columns]
    # JSON leaves out what is null: there the columns of one row do not tell those of all.
    if missing and (found is not Format.NDJSON or len(missing) == len(needed)):
        there = ", ".join(columns)[:500]
        msg = f"{source.called}: columns {', '.join(missing)} are missing; found {there}"
        raise UnreadableTable(msg)


def _parquet_rows(file: Any) -> Iterator[Row]:
    done = 0
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(_BATCH_ROWS):
            for cells in batch.to_pylist():
                done += 1
                yield Row(done, cells)


def _unreadable(source: Input, where: str, error: Exception) -> NoReturn:
    expected = "CSV in UTF-8, as many cells as columns, or Parquet"
    if source.path.suffix.lower() == ".parquet":
        expected = "Parquet"
    called = source.called
    msg = f"{called}: cannot be read {where}: {error}; expected {expected}: download the file again"
    raise UnreadableTable(msg) from error
