"""Rows of formats in which a line stands by itself: a broken one spoils no other."""

from collections.abc import Iterator
from typing import IO

import orjson

from services.importers.rows import Rejected, Row

LONGEST = 1_048_576
"""The most that a line may hold [bytes], so that a file without line ends fills no memory."""


def numbered(file: IO[bytes], first: bytes = b"") -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number from 1, blank ones left out; None for one that is too long.

    ``first`` is the first line, where it has been read already.
    """
    number = 0
    while line := first or file.readline(LONGEST):
        first = b""
        number += 1
        too_long = len(line) == LONGEST and not line.endswith(b"\n")
        while too_long and (rest := file.readline(LONGEST)):
            if rest.endswith(b"\n"):
                break
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if too_long:
            yield number, None
        elif line.strip():
            yield number, line


def objects(file: IO[bytes]) -> Iterator[Row | Rejected]:
    """Yield the object on each line of NDJSON."""
    for done, (number, line) in enumerate(numbered(file), start=1):
        try:
            content = orjson.loads(line or b"")
        except orjson.JSONDecodeError:
            content = None
        if isinstance(content, dict):
            yield Row(done, content, number)
        else:
            yield broken(done, number, line, "a JSON object on one line")


def broken(done: int, number: int, line: bytes | None, expected: str) -> Rejected:
    """Return the rejection of a line that is no row."""
    if line is None:
        return Rejected(Row(done, {}, number), (("line", f"over {LONGEST} bytes", expected),))
    told = line.decode(errors="replace").rstrip("\r\n")
    return Rejected(
        Row(done, {"line": told[:2000]}, number), (("line", repr(told[:200]), expected),)
    )
