"""Lets Kafka's records through whose header names are no UTF-8, which aiokafka refuses to read.

Nothing forbids a producer to write such a name, and no broker checks it. aiokafka raises while it
takes a fetched batch apart, before anyone sees the record, and does so again at each attempt: one
such record would stop its partition for ever.
"""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH = struct.Struct(">i")
_LENGTH_AT, _FRAME = 8, 12
"""A batch begins with its offset and its length [bytes], which counts what comes after the two."""


def let_through() -> None:
    """Make every consumer of this process read such records; calling it again changes nothing."""
    fetcher.MemoryRecords = Records


class Records:
    """The batches of one fetch; stands in for aiokafka's ``MemoryRecords``."""

    def __init__(self, data: bytes) -> None:
        self._records = MemoryRecords(data)
        self._data = data
        self._at = 0

    def has_next(self) -> bool:
        """Tell whether a whole batch is left."""
        found: bool = self._records.has_next()
        return found

    def size_in_bytes(self) -> int:
        """Return the size of the fetch."""
        found: int = self._records.size_in_bytes()
        return found

    def next_batch(self) -> "Batch":
        """Return the next batch."""
        start = self._at
        (length,) = _LENGTH.unpack_from(self._data, start + _LENGTH_AT)
        self._at = start + _FRAME + length
        return Batch(self._records.next_batch(), memoryview(self._data)[start : self._at])


class Batch:
    """One batch; it is read by aiokafka where that can, and else with escapes in header names."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except (UnicodeDecodeError, CorruptRecordException):
            # Whatever else is wrong with the batch is raised again by the second reading.
            return iter(_escaped(self._raw))


def _escaped(raw: memoryview) -> list[Any]:
    """Read a batch with aiokafka's parser in Python, which cuts names from a buffer of its own."""
    batch = _DefaultRecordBatchPy(raw)
    batch._maybe_uncompress()
    batch._buffer = _Buffer(batch._buffer)
    return list(batch)


class _Buffer(bytearray):
    """Bytes whose parts decode what is no text as escapes."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Buffer(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
