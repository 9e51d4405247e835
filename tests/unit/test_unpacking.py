"""What is compressed is measured without being unpacked, and never told smaller than it is."""

import struct
import zlib

import cramjam
import pytest
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from hypothesis import given
from hypothesis import strategies as st

from services.unpacking import exceeds

ENCODE = {1: gzip_encode, 2: snappy_encode, 3: lz4_encode, 4: zstd_encode}
CODECS = pytest.mark.parametrize("codec", ENCODE)
MIB = 1 << 20
BOMB = bytes(64 * MIB)

UNSURE = {1: 0, 2: 0, 3: 4 * MIB, 4: 128 << 10}
"""By how much a format may be thought larger than it is: its last block may not be full."""


@CODECS
@given(parts=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=40))
def test_it_is_told_no_smaller_than_it_is_nor_much_larger(codec: int, parts: list[bytes]) -> None:
    data = b"".join(part * 500 for part in parts)
    packed = ENCODE[codec](data)
    assert exceeds(codec, packed, len(data) - 1)
    assert not exceeds(codec, packed, len(data) + UNSURE[codec])


@CODECS
def test_a_bomb_is_found_out(codec: int) -> None:
    packed = ENCODE[codec](BOMB)
    assert len(packed) < MIB * 4
    assert exceeds(codec, packed, len(BOMB) - 1)
    assert not exceeds(codec, packed, len(BOMB) + UNSURE[codec])


def test_all_streams_that_follow_each_other_count() -> None:
    half = BOMB[: len(BOMB) // 2]
    skipped = struct.pack("<II", 0x184D2A50, 3) + b"any"
    for codec, between in ((1, b""), (3, b""), (4, skipped)):
        packed = ENCODE[codec](half) + between + ENCODE[codec](half)
        assert exceeds(codec, packed, len(BOMB) - 1)


def test_a_block_that_repeats_one_byte_counts_whole() -> None:
    block = (128 << 10 << 3 | 1 << 1).to_bytes(3, "little") + b"A"
    last = (128 << 10 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"A"
    # No checksum, no size told, a window of 8 MiB.
    frame = bytes.fromhex("28b52ffd") + b"\x00\x68" + block * 511 + last
    assert bytes(cramjam.zstd.decompress(frame)) == b"A" * len(BOMB)
    assert exceeds(4, frame, len(BOMB) - 1)
    assert not exceeds(4, frame, len(BOMB))
    # With a checksum at its end, after which another one follows.
    checked = frame[:4] + b"\x04" + frame[5:] + b"any."
    assert exceeds(4, checked + frame, 2 * len(BOMB) - 1)
    assert not exceeds(4, checked + frame, 2 * len(BOMB))


def test_a_snappy_block_without_a_frame_counts() -> None:
    packed = bytes(snappy_encode(BOMB, xerial_compatible=False))
    assert exceeds(2, packed, len(BOMB) - 1)
    assert not exceeds(2, packed, len(BOMB))


@CODECS
@given(data=st.binary(max_size=200), cut=st.integers(0, 60))
def test_what_is_malformed_or_cut_off_raises_nothing(codec: int, data: bytes, cut: int) -> None:
    exceeds(codec, data, 1 << 40)
    assert not exceeds(codec, ENCODE[codec](data)[:cut], 1 << 40)


def test_a_stream_is_never_given_all_that_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves over is copied: with a million streams in a batch, that takes minutes."""
    given: list[int] = []
    begin = zlib.decompressobj

    class Member:
        def __init__(self, window: int) -> None:
            self._real = begin(window)

        def decompress(self, data: bytes, most: int) -> bytes:
            given.append(len(data))
            return self._real.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Member)
    packed = gzip_encode(b"a") * 20_000
    assert exceeds(1, packed, 19_999)
    assert not exceeds(1, packed, len(packed) * 1000)
    assert len(given) > 40_000
    assert max(given) < len(packed) // 10
