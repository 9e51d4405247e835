"""Where a reader of the alerts stands, as an id that it can keep and only a gateway can make: pure.

An id is the base64url text (RFC 4648, section 5) of: a byte that says the form, four bytes that
tell logs apart, the next offset of each partition from 0 on, and the first 12 bytes of the
HMAC-SHA256 of all that. An offset is written as in Protocol Buffers (varint): seven bits a byte,
the lowest first, the highest bit of each byte but the last one set.
"""

import hmac
from base64 import urlsafe_b64encode
from binascii import Error, a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

FORM = 1
"""The form of the ids that are made."""

LONGEST = 4_096
"""Most characters of an id that are looked at; 300 partitions take no more."""

_HEAD, _MAC, _LOG = 5, 12, 4


class NotAPosition(ValueError):
    """A text is no id of a gateway with this key: what is wrong with it."""


class OtherLog(ValueError):
    """An id was made for another log."""


@dataclass(frozen=True, slots=True)
class Position:
    """The next offset to read of each partition, from partition 0 on; 0 of those beyond.

    Trailing zeros are left out, so that two positions are equal when they mean the same.
    """

    offsets: tuple[int, ...] = ()

    @staticmethod
    def of(offsets: Mapping[int, int]) -> "Position":
        """Return the position of ``offsets`` by partition."""
        return Position._trimmed([offsets.get(p, 0) for p in range(max(offsets, default=-1) + 1)])

    @staticmethod
    def _trimmed(offsets: Iterable[int]) -> "Position":
        found = list(offsets)
        while found and not found[-1]:
            found.pop()
        return Position(tuple(found))

    def __getitem__(self, partition: int) -> int:
        return self.offsets[partition] if partition < len(self.offsets) else 0

    def __len__(self) -> int:
        return len(self.offsets)

    def after(self, partition: int, offset: int) -> "Position":
        """Return the position once the record at ``offset`` of ``partition`` has been read."""
        found = [self[p] for p in range(max(len(self), partition + 1))]
        found[partition] = offset + 1
        return Position(tuple(found))

    def furthest(self, other: "Position") -> "Position":
        """Return, of each partition, the higher offset of two positions."""
        return Position(tuple(max(self[p], other[p]) for p in range(max(len(self), len(other)))))

    def nearest(self, other: "Position") -> "Position":
        """Return, of each partition, the lower offset of two positions."""
        return self._trimmed(min(self[p], other[p]) for p in range(min(len(self), len(other))))

    def reaches(self, other: "Position") -> bool:
        """Tell whether everything before ``other`` has been read."""
        return all(self[p] >= offset for p, offset in enumerate(other.offsets))


class Codec:
    """Writes positions as signed ids, and reads them.

    Parameters
    ----------
    key
        The same for all gateways that a reader may come to.
    log
        Names the log, where it has a name: an id for another one is told apart.
    """

    def __init__(self, key: bytes, log: str = "") -> None:
        self._key = key
        self._head = bytes((FORM,)) + sha256(log.encode()).digest()[:_LOG]

    def encode(self, position: Position) -> str:
        """Return the id of a position: letters, digits, ``-`` and ``_``."""
        body = self._head + b"".join(map(_varint, position.offsets))
        return urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def decode(self, text: str) -> Position:
        """Return the position of an id.

        Raises
        ------
        NotAPosition
            No gateway with this key made it, or it has been damaged since.
        OtherLog
            It was made for another log.
        """
        raw = _bytes(text)
        body, mac = raw[:-_MAC], raw[-_MAC:]
        if len(body) < _HEAD or not hmac.compare_digest(mac, self._mac(body)):
            raise NotAPosition("it was made by no gateway with this key, or has been damaged")
        if body[0] != FORM:
            raise NotAPosition(f"its form is {body[0]}, from a newer gateway; expected {FORM}")
        if body[:_HEAD] != self._head:
            raise OtherLog("it was made for another log")
        return Position(tuple(_varints(body[_HEAD:])))

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC]


def _bytes(text: str) -> bytes:
    if len(text) > LONGEST:
        raise NotAPosition(f"it has {len(text)} characters; expected at most {LONGEST}")
    plain = text.replace("-", "+").replace("_", "/")
    try:
        raw = a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except (Error, ValueError):
        raise NotAPosition("expected letters, digits, '-' and '_' as they were given") from None
    # The last character may have bits to spare: one id has one spelling.
    if urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise NotAPosition("expected letters, digits, '-' and '_' as they were given")
    return raw


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _varints(raw: bytes) -> Iterable[int]:
    number, shift = 0, 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield number
            number, shift = 0, 0
