"""Holds the states in a worker's table against a replay's, each at the record it stands at."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from schemas.base import RecordRef
from services.risk.tables import Change, is_part, segment_of
from services.truth.published import Difference, Kind


class Kept:
    """The states of one table; each is compared when the replay reaches its applied offset."""

    def __init__(
        self, table: Mapping[bytes, bytes], topic: str, partition: Callable[[bytes], int]
    ) -> None:
        self._table = table
        self._topic = topic
        self._partition = partition
        self._met: set[bytes] = set()
        self._stands: dict[bytes, int] = {}
        self.agreed = 0

    def after(self, record: RecordRef, change: Change[Any]) -> Iterator[Difference]:
        """Compare the kept state of a key with the replay's, if it stands at ``record`` too."""
        key = change.key
        if key not in self._stands:
            self._stands[key] = _applied(self._table.get(key, b"{}"))
        if self._stands[key] != record.offset:
            return
        self._met.add(key)
        kept, replayed = self._table[key], change.bytes() or b""
        if kept == replayed:
            self.agreed += 1
        else:
            words = f"the kept state has {_parted(kept, replayed)}"
            yield Difference(record, key.decode(), Kind.STATE, words)

    def rest(self, replayed: Mapping[bytes, bytes]) -> Iterator[Difference]:
        """Yield what is kept and stands at no record, and the parts that differ.

        Parts (days, the book of alerts) have no offset of their own: those of a segment are
        compared when its state stands where the whole log leads.
        """
        for key, kept in self._table.items():
            if not is_part(key) and key not in self._met:
                yield self._difference(key, kept, Kind.ORPHAN, "no record leads to this state")
        for key in sorted({*self._table, *replayed}):
            segment = segment_of(key)
            state = self._table.get(segment)
            settled = state is not None and state == replayed.get(segment)
            if is_part(key) and settled and self._table.get(key) != replayed.get(key):
                yield self._difference(
                    key, state or b"", Kind.STATE, "a kept part of its state differs"
                )

    def missing(
        self, replayed: Mapping[bytes, bytes], committed: Mapping[int, int]
    ) -> Iterator[Difference]:
        """Yield the states that the log leads to, as far as workers have come, and nobody keeps."""
        for key, state in replayed.items():
            come = committed.get(self._partition(key), 0)
            if not is_part(key) and key not in self._table and _applied(state) < come:
                yield self._difference(key, state, Kind.LOST, "no state is kept")

    def _difference(self, key: bytes, state: bytes, kind: Kind, what: str) -> Difference:
        record = RecordRef(
            topic=self._topic, partition=self._partition(key), offset=max(0, _applied(state))
        )
        return Difference(record, key.decode(), kind, what)


def _applied(state: bytes) -> int:
    """Return the offset that a state stands at: of its segment, or of its incident; else -1."""
    try:
        applied = orjson.loads(state)["applied"]
        return int(applied["offset"] if isinstance(applied, dict) else applied)
    except (KeyError, TypeError, ValueError):
        return -1


def _parted(kept: bytes, replayed: bytes) -> str:
    """Name the first fields in which two states differ, with both values."""
    ours, theirs = orjson.loads(kept), orjson.loads(replayed)
    names = [n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n)]
    shown = (f"{n} {_short(ours.get(n))}, the log {_short(theirs.get(n))}" for n in names[:2])
    return "; ".join(shown) or "another form of the same content"


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 200 else text[:197] + "..."
