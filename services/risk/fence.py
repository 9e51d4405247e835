"""Keeps a worker that has lost a partition from undoing what its successor has kept.

A worker that was held up for longer than its session does not know at once that its partition has
gone to another. What it writes into a changelog meanwhile is older than what stands there, and the
broker takes it. So each owner of a partition begins with a mark in its changelog. The offset of
the mark is its epoch, every state that it keeps says its epoch, and a state whose epoch lies before
the last mark above it counts for nothing: a fencing token (Kleppmann, Designing Data-Intensive
Applications, 2017, chapter 8) that readers check, since the broker does not.
"""

from collections.abc import Iterable

MARK = b"|epoch"
"""The key of a mark: no segment and no incident has it."""

EPOCH = "epoch"
"""The header of a state that says under which mark it was written."""


def stamp(epoch: int) -> list[tuple[str, bytes]]:
    """Return the headers of a state that is written under the mark at offset ``epoch``."""
    return [(EPOCH, b"%d" % epoch)]


class Fence:
    """Tells which records of a changelog count; they come in order, partition by partition."""

    def __init__(self) -> None:
        self._marked: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def marked(self, partition: int) -> int:
        """Return the offset of the last mark that was read, -1 where there was none."""
        return self._marked.get(partition, -1)

    def passes(
        self,
        partition: int,
        offset: int,
        key: bytes | None,
        headers: Iterable[tuple[str, bytes]],
    ) -> bool:
        """Tell whether a record is a state that counts; a mark is none.

        A record without an epoch counts: a build wrote it that made tables anew without a mark.
        """
        if offset <= self._last.get(partition, -1):
            # The partition is read from its beginning again.
            self._marked.pop(partition, None)
        self._last[partition] = offset
        if key == MARK:
            self._marked[partition] = offset
            return False
        epoch = next((int(value) for name, value in headers if name == EPOCH), None)
        return epoch is None or epoch >= self.marked(partition)
