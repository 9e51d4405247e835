"""Lets Kafka's records through that aiokafka cannot read, or that would take all memory.

Nothing forbids a producer to write a header name that is no UTF-8, and no broker checks it.
aiokafka raises while it takes a fetched batch apart, before anyone sees the record, and does so
again at each attempt: one such record would stop its partition for ever. Nor does a broker bound
what a compressed batch holds: some kilobytes may unpack to gigabytes. Such a batch is passed as one
record, which says what it stands for.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from models.domain.intake import UNREADABLE
from services import unpacking

LARGEST_BATCH = 128 << 20
"""How large a batch may be once it is unpacked [bytes]: five times what a topic takes as it is."""

_LENGTH = struct.Struct(">i")
_LENGTH_AT, _FRAME, _RECORDS_AT = 8, 12, 61
"""A batch begins with its offset and its length [bytes], which counts what comes after the two; its
records, compressed as one, come last."""


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
        # Of the format before, which no broker of today writes, nothing is known here.
        codec = self._batch.compression_type if self._batch.magic == 2 else 0
        if codec and unpacking.exceeds(codec, bytes(self._raw[_RECORDS_AT:]), LARGEST_BATCH):
            return iter([_instead(self._batch)])
        try:
            return iter(list(self._batch))
        except (UnicodeDecodeError, CorruptRecordException):
            # Whatever else is wrong with the batch is raised again by the second reading.
            return iter(_escaped(self._raw))


@dataclass(frozen=True, slots=True)
class Instead:
    """A record in the place of a whole batch."""

    offset: int
    timestamp: int
    timestamp_type: int
    headers: list[tuple[str, bytes]]
    key: None = None
    value: None = None
    checksum: None = None


def _instead(batch: Any) -> Instead:
    last = batch.next_offset - 1
    told = (
        f"records: those at offsets {batch.base_offset} to {last} came as one compressed batch of "
        f"more than {LARGEST_BATCH >> 20} MiB; expected less; send them in smaller batches"
    )
    return Instead(last, batch.max_timestamp, batch.timestamp_type, [(UNREADABLE, told.encode())])


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
