"""Where each record of a dump goes, and what names it by its old place: pure."""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from schemas.rejection import Rejection
from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED
from services.dump.files import Line
from services.faults import Fault
from services.records import partition_of
from services.rejected import lineage

NAMED = (INCIDENTS.name, COMMANDS.name, OBSERVATIONS.name)
"""The topics that workers read, and whose records others name by their place."""

Place = tuple[int, int]
"""A partition, and an offset in it."""

# As our own writers write it; in a text of somebody's the quotes would be escaped.
_REF = re.compile(rb'\{"topic":"([a-z.]+)","partition":(\d+),"offset":(\d+)\}')


class CannotMove(Fault):
    """The records cannot be shared out anew so that all stays as it was."""


@dataclass
class _Moved:
    """The records of one partition: old offsets, rising, and where each of them went."""

    old: "array[int]"
    partitions: "array[int]"
    offsets: "array[int]"


class Moves:
    """Gives each record its place in a log of ``new`` partitions that is written in order.

    The records of one partition go to partitions that get records of no other one, and keep their
    order. What is told apart by rising offsets, as causes are, so stays told apart.

    Parameters
    ----------
    committed
        The next offset that the workers had to read, by topic and partition of the dump.

    Raises
    ------
    CannotMove
        ``new`` is no multiple of ``old``.
    """

    def __init__(self, old: int, new: int, committed: Mapping[str, Mapping[int, int]]) -> None:
        if new % old:
            msg = (
                f"FOREWARN_KAFKA__PARTITIONS is {new}, the dump has {old}; expected {old} or a "
                f"multiple, such as {old * 2}, so that each partition is shared out by itself"
            )
            raise CannotMove(msg)
        self._old, self._new, self._come = old, new, committed
        self._next: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._resume: dict[tuple[str, int], int] = {}
        self._moved: dict[tuple[str, int], _Moved] = {}
        self._changed = False

    def put(self, topic: str, partition: int, line: Line) -> Place:
        """Return where a record goes; each partition's are given in order.

        Raises
        ------
        CannotMove
            Its key does not say where the next record with that key will go.
        """
        to = self._partition(topic, partition, line)
        at = self._next[topic, to]
        self._next[topic, to] += 1
        if line.offset >= self._come.get(topic, {}).get(partition, 0):
            self._resume.setdefault((topic, to), at)
        if topic in NAMED:
            self._note((topic, partition), line.offset, to, at)
        return to, at

    def committed(self) -> dict[str, dict[int, int]]:
        """Return the next offset that the workers have to read of each partition; 0: all of it."""
        return {
            topic: {n: self._resume.get((topic, n), self._next[topic, n]) for n in range(self._new)}
            for topic in NAMED
        }

    def follow(self, topic: str, line: Line) -> Line:
        """Return a record with every place that it names as it is now.

        Raises
        ------
        CannotMove
            It names a record that the dump has not.
        """
        if not self._changed:
            return line
        value = line.value
        if topic not in (INCIDENTS.name, COMMANDS.name) and value is not None:
            value = _REF.sub(self._named, value)
        if topic == REJECTED.name and value is not None and lineage.HEADER.encode() in value:
            value = self._rejection(value)
        return replace(line, value=value, headers=self._headers(line.headers))

    def _partition(self, topic: str, partition: int, line: Line) -> int:
        if self._new == self._old or line.key is None:
            return partition
        if (found := partition_of(line.key, self._old)) != partition:
            msg = (
                f"{topic} {partition}:{line.offset}: its key belongs to partition {found} of "
                f"{self._old}; expected the partitioner of Kafka's own clients (murmur2), since "
                "the next record with that key would go elsewhere than this one"
            )
            raise CannotMove(msg)
        return partition_of(line.key, self._new)

    def _note(self, where: tuple[str, int], old: int, partition: int, offset: int) -> None:
        found = self._moved.setdefault(where, _Moved(array("q"), array("l"), array("q")))
        found.old.append(old)
        found.partitions.append(partition)
        found.offsets.append(offset)
        self._changed |= (partition, offset) != (where[1], old)

    def _there(self, topic: str, partition: int, offset: int) -> Place | None:
        moved = self._moved.get((topic, partition))
        n = bisect_left(moved.old, offset) if moved else 0
        if moved is None or n == len(moved.old) or moved.old[n] != offset:
            return None
        return moved.partitions[n], moved.offsets[n]

    def _named(self, found: re.Match[bytes]) -> bytes:
        topic, partition, offset = found[1].decode(), int(found[2]), int(found[3])
        if (there := self._there(topic, partition, offset)) is None:
            msg = f"{topic} {partition}:{offset} is named by another record, and not in the dump"
            raise CannotMove(msg)
        return b'{"topic":"%b","partition":%d,"offset":%d}' % (found[1], *there)

    def _headers(
        self, headers: tuple[tuple[str, bytes | None], ...]
    ) -> tuple[tuple[str, bytes | None], ...]:
        return tuple(
            (name, self._chain(value) if name == lineage.HEADER and value else value)
            for name, value in headers
        )

    def _chain(self, value: bytes) -> bytes:
        """Return the header of a replay; what anyone may have put there besides is left."""
        chain = lineage.sources([(lineage.HEADER, value)])
        there = [(source[0], *(self._there(*source) or source[1:])) for source in chain]
        return ",".join(map(lineage.shown, there)).encode() if chain else value

    def _rejection(self, value: bytes) -> bytes:
        said = Rejection.model_validate_json(value)
        headers = tuple(
            (name, self._chain(raw) if name == lineage.HEADER else raw)
            for name, raw in said.headers
        )
        return said.model_copy(update={"headers": headers}).model_dump_json().encode()
