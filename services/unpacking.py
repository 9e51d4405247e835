"""How large compressed records would be, by what their format says, without unpacking them.

Each format names the size of its parts, and its decoder refuses a part that is larger; only gzip
has to be unpacked to be measured, piece by piece. A stream that breaks off or is malformed counts
up to there: what decodes it fails at the same place.

Formats: RFC 1952 (gzip), RFC 8878 (Zstandard), the frame format of LZ4, Snappy's format and its
framing by xerial, which Kafka's clients write.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

_GZIP = 1

_DEFLATED = 1032
"""The most bytes that one byte of gzip holds (zlib's technical details, "Maximum Expansion
Factor"): what is small enough need not be measured."""

_PIECE = 1 << 20
"""How much of gzip is unpacked at once [bytes]."""

_SLICE = 1 << 14
"""How much of gzip its decoder is given at once [bytes]."""

_ZSTD_BLOCK = 128 << 10
"""The most that a block of Zstandard holds [bytes]."""

_XERIAL = b"\x82SNAPPY\0"
_XERIAL_HEADER = 16


def exceeds(codec: int, data: bytes, limit: int) -> bool:
    """Tell whether ``data`` may hold more than ``limit`` bytes once unpacked.

    Parameters
    ----------
    codec
        Kafka's number of a codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    """
    if codec == _GZIP and len(data) * _DEFLATED <= limit:
        return False
    total = 0
    try:
        for size in _SIZES[codec](data):
            total += size
            if total > limit:
                return True
    except (IndexError, struct.error, zlib.error):
        pass
    return False


def _plain(data: bytes) -> Iterator[int]:
    yield len(data)


def _gzip(data: bytes) -> Iterator[int]:
    at, left = 0, b""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while left or at < len(data):
        if member.eof:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        if not left:
            # What a member leaves over is copied: of all of the data, that takes minutes.
            left, at = data[at : at + _SLICE], at + _SLICE
        yield len(member.decompress(left, _PIECE))
        left = member.unused_data if member.eof else member.unconsumed_tail


def _snappy(data: bytes) -> Iterator[int]:
    if not data.startswith(_XERIAL):
        yield _varint(data, 0)
        return
    at = _XERIAL_HEADER
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield _varint(data, at + 4)
        at += 4 + size


def _lz4(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        magic, flags, block = struct.unpack_from("<IBB", data, at)
        if magic != 0x184D2204:
            return
        largest = 1 << (8 + 2 * (block >> 4 & 7))
        # After the header: the content's size and a dictionary's id, if flagged, and a checksum.
        at += 6 + 8 * (flags >> 3 & 1) + 4 * (flags & 1) + 1
        while True:
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
            if not size:
                break
            yield largest
            at += (size & 0x7FFF_FFFF) + 4 * (flags >> 4 & 1)
        at += 4 * (flags >> 2 & 1)


def _zstd(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        (magic,) = struct.unpack_from("<I", data, at)
        if magic & 0xFFFF_FFF0 == 0x184D2A50:
            (size,) = struct.unpack_from("<I", data, at + 4)
            at += 8 + size
            continue
        if magic != 0xFD2FB528:
            return
        told = data[at + 4]
        single = told >> 5 & 1
        # After the header: the window, a dictionary's id and the content's size, as is told.
        at += 5 + (1 - single) + (0, 1, 2, 4)[told & 3] + (single, 2, 4, 8)[told >> 6]
        last = 0
        while not last:
            block = int.from_bytes(struct.unpack_from("3s", data, at)[0], "little")
            last, kind, size = block & 1, block >> 1 & 3, block >> 3
            yield _ZSTD_BLOCK if kind == 2 else size
            # One byte stands for all of a block that repeats it.
            at += 3 + (1 if kind == 1 else size)
        at += 4 * (told >> 2 & 1)


def _varint(data: bytes, at: int) -> int:
    found = shift = 0
    while True:
        byte = data[at]
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found
        at, shift = at + 1, shift + 7


_SIZES: dict[int, Callable[[bytes], Iterator[int]]] = {
    0: _plain,
    _GZIP: _gzip,
    2: _snappy,
    3: _lz4,
    4: _zstd,
}
