"""Cuts a stream of bytes into lines, holding no more than one line that may be read."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line beyond the limit; what it held is gone."""

    limit: int


class Cutter:
    """Takes pieces of a body, gives lines without their ends.

    Parameters
    ----------
    limit
        Longest line [bytes]; of a longer one only its end is looked for.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = bytearray()
        self._over = False

    def feed(self, piece: bytes) -> Iterator[bytes | TooLong]:
        """Yield the lines that end in ``piece``."""
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            self._add(piece[start:end])
            yield self._line()
            start = end + 1
        self._add(piece[start:])

    def rest(self) -> Iterator[bytes | TooLong]:
        """Yield the last line, if it has no end of its own."""
        if self._begun or self._over:
            yield self._line()

    def _add(self, part: bytes) -> None:
        # A carriage return before the end does not count as part of the line.
        if len(self._begun) + len(part) > self._limit + 1:
            self._over = True
            self._begun.clear()
        elif not self._over:
            self._begun += part

    def _line(self) -> bytes | TooLong:
        found = bytes(self._begun).removesuffix(b"\r")
        over = self._over or len(found) > self._limit
        self._begun.clear()
        self._over = False
        return TooLong(self._limit) if over else found
