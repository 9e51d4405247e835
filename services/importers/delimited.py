"""Rows separated by commas or tabs, with a header, or without one in the order a dataset has."""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import chain
from typing import IO

from services.importers.lines import LONGEST, broken, numbered
from services.importers.rows import Rejected, Row


def rows(file: IO[bytes], unnamed: tuple[str, ...]) -> Iterator[Row | Rejected]:
    """Yield the rows of a table; ``unnamed`` are the columns of one without a header.

    Raises
    ------
    ValueError
        A line has too many or too few cells, or is no UTF-8.
    """
    first = file.readline(LONGEST)
    if unnamed and first and not set(unnamed) & set(_cells(first)):
        yield from _headless(first, file, unnamed)
    else:
        yield from _headed(first, file)


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    return [cell.strip('"') for cell in text.split("\t" if "\t" in text else ",")]


def _headless(first: bytes, file: IO[bytes], unnamed: tuple[str, ...]) -> Iterator[Row | Rejected]:
    """Yield lines of cells between tabs; a quotation mark is a character like any other."""
    for done, (number, line) in enumerate(numbered(file, first), start=1):
        try:
            cells = (line or b"").decode().rstrip("\r\n").split("\t")
        except UnicodeDecodeError:
            yield broken(done, number, line, "UTF-8")
            continue
        if len(cells) == len(unnamed):
            yield Row(done, dict(zip(unnamed, cells, strict=True)), number)
        else:
            yield broken(done, number, line, f"{len(unnamed)} cells between tabs, not {len(cells)}")


def _headed(first: bytes, file: IO[bytes]) -> Iterator[Row]:
    head = first.decode("utf-8-sig")
    separator = "\t" if head.count("\t") > head.count(",") else ","
    rest = TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        reader = csv.reader(chain([head], rest), delimiter=separator, strict=True)
        header = next(reader, [])
        done, line = 0, reader.line_num + 1
        for cells in reader:
            if cells and not (done == 0 and _is_hxl(cells)):
                done += 1
                yield Row(done, dict(zip(header, cells, strict=True)), line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(str(error)) from error
    finally:
        # Whoever opened the file closes it; standard input stays open.
        rest.detach()


def _is_hxl(line: list[str]) -> bool:
    """Tell whether a line is HDX's second header, a hashtag a column (the HXL standard)."""
    tags = [cell for cell in line if cell]
    return bool(tags) and all(cell.startswith("#") for cell in tags)
