"""Batches with odd header names are read, of those that hold too much one record is told."""

from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from models.domain.intake import Refusal
from models.domain.intake import read as taken_in
from schemas.rejection import RejectReason
from services import odd_batches
from services.odd_batches import Records

CODECS = range(5)
"""None, gzip, snappy, lz4, zstd."""


class Odd(str):
    """A header's name that a producer in another language writes as these bytes."""

    def encode(self, *_: Any) -> bytes:
        return b"n\xff\xfe"


def batch(*names: str, codec: int = 0) -> bytes:
    """Return a batch with one record for each header name."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, 1_000_000)
    for offset, name in enumerate(names):
        value = f"value {offset}".encode()
        builder.append(offset, 1_000 + offset, b"key", value, [(name, b"1"), ("h", None)])
    return bytes(builder.build())


def read(records: Any) -> list[tuple[Any, ...]]:
    found = []
    while records.has_next():
        following = records.next_batch()
        assert following.validate_crc()
        found += [(r.offset, r.timestamp, r.key, r.value, list(r.headers)) for r in following]
    return found


@pytest.mark.parametrize("codec", CODECS)
def test_a_fetch_without_odd_names_is_read_as_aiokafka_reads_it(codec: int) -> None:
    data = batch("a", "b", codec=codec) + batch("c", codec=codec)
    assert read(Records(data)) == read(MemoryRecords(data))
    assert len(read(Records(data))) == 3


@pytest.mark.parametrize("codec", CODECS)
def test_an_odd_name_is_read_with_escapes_and_nothing_beside_it_is_lost(codec: int) -> None:
    parts = [batch("a", codec=codec), batch("b", Odd("x"), "c", codec=codec), batch("d")]
    with pytest.raises((UnicodeDecodeError, CorruptRecordException)):
        read(MemoryRecords(b"".join(parts)))
    found = read(Records(b"".join(parts)))
    expected = read(MemoryRecords(parts[0] + batch("b", "?", "c", codec=codec) + parts[2]))
    assert [r[:4] for r in found] == [r[:4] for r in expected]
    assert [r[4][0][0] for r in found] == ["a", "b", "n\\xff\\xfe", "c", "d"]
    assert {r[4][1] for r in found} == {("h", None)}


def test_a_batch_that_is_corrupt_is_still_refused() -> None:
    data = bytearray(batch("a"))
    data[-1] = 77
    following = Records(bytes(data)).next_batch()
    assert not following.validate_crc()
    data = bytearray(batch("a"))
    data[61] += 1  # The length of the first record, which the second reading finds wrong too.
    with pytest.raises(CorruptRecordException):
        list(Records(bytes(data)).next_batch())


def test_a_cut_fetch_ends_with_its_last_whole_batch() -> None:
    data = batch("a") + batch("b")[:-1]
    records = Records(data)
    assert len(read(records)) == 1
    assert records.size_in_bytes() == len(data)


@pytest.mark.parametrize("codec", CODECS[1:])
def test_a_batch_that_holds_too_much_is_one_record_that_says_so(
    codec: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A format tells of the last block as if it were full.
    monkeypatch.setattr(odd_batches, "LARGEST_BATCH", 5 << 20)
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, 10_000_000)
    for offset in range(7):
        builder.append(offset, 1_000 + offset, b"key", bytes(1 << 20), [])
    parts = [batch("a"), bytes(builder.build()), batch("b", codec=codec)]
    found = read(Records(b"".join(parts)))
    assert [one[0] for one in found] == [0, 6, 0]
    offset, time, key, value, headers = found[1]
    assert (time, key, value) == (1_006, None, None)
    refusal = taken_in(key, value, dict(headers))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RejectReason.TOO_LARGE
    assert "offsets 0 to 6" in refusal.detail
    assert "more than 5 MiB" in refusal.detail


def test_a_batch_of_as_much_that_is_not_compressed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odd_batches, "LARGEST_BATCH", 10)
    assert len(read(Records(batch("a", "b")))) == 2
