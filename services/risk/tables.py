"""What the worker's tables hold: keys and bytes of every state, and who finds them."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from models.domain.days import Day
from models.domain.risk import SegmentState
from models.domain.told import Book
from schemas.incident import Traffic

T = TypeVar("T")

Table = MutableMapping[bytes, bytes]

VERSION = 2
"""Of the states' form; it is part of every table's name, so that no worker reads another form."""

INCIDENTS_TABLE = f"incidents-v{VERSION}"
SEGMENTS_TABLE = f"segments-v{VERSION}"


def changelog(group: str, table: str) -> str:
    """Return the topic that Faust keeps a table of the group's workers in."""
    return f"{group}-{table}-changelog"


_PART = b"|"
"""Stands between a segment and a part of it; no identifier has it."""

_BOOK = _PART + b"alerts"


class Stored(Generic[T]):
    """Reads and writes one type of state as canonical JSON bytes."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def load(self, raw: bytes | None) -> T | None:
        """Return the state, or None where there is none yet."""
        if raw is None:
            return None
        state: T = self._adapter.validate_json(raw)
        return state

    def dump(self, state: T) -> bytes:
        """Return the state's bytes: equal states have equal bytes."""
        return self._adapter.dump_json(state)


STATES = Stored(SegmentState)
DAYS = Stored(Day)
BOOKS = Stored(Book)


class Overlay(MutableMapping[bytes, bytes]):
    """A table with changes that are not in it yet."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._changes: dict[bytes, bytes | None] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self._changes[key] if key in self._changes else self._table.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._changes[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._changes[key] = None

    def __iter__(self) -> Iterator[bytes]:
        return (key for key in {*self._table, *self._changes} if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Days(Mapping[int, Day]):
    """The days of one segment by their ordinal, read when they are asked for."""

    def __init__(self, table: Mapping[bytes, bytes], segment: bytes) -> None:
        self._table = table
        self._segment = segment

    def __getitem__(self, number: int) -> Day:
        day = DAYS.load(self._table.get(day_key(self._segment, number)))
        if day is None:
            raise KeyError(number)
        return day

    def __iter__(self) -> Iterator[int]:
        start = self._segment + _PART
        for key in self._table:
            if key.startswith(start) and not key.endswith(_BOOK):
                yield date.fromisoformat(key.removeprefix(start).decode()).toordinal()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Segment:
    """What a table holds of one segment."""

    state: SegmentState | None
    days: Mapping[int, Day]


def book(table: Mapping[bytes, bytes], state: SegmentState) -> Book:
    """Return which alerts of a segment rest on which incidents."""
    key = state_key(state.segment_id, state.traffic) + _BOOK
    return BOOKS.load(table.get(key)) or Book()


def segment(table: Mapping[bytes, bytes], segment_id: str, traffic: Traffic) -> Segment:
    """Return what ``table`` holds of a segment."""
    key = state_key(segment_id, traffic)
    return Segment(STATES.load(table.get(key)), _Days(table, key))


def kept(
    state: SegmentState, days: Mapping[int, Day | None], told: Book | None = None
) -> tuple[tuple[bytes, bytes | None], ...]:
    """Return what to write of a segment, in order: its parts, then the state that counts them."""
    key = state_key(state.segment_id, state.traffic)
    written = [
        (day_key(key, number), DAYS.dump(day) if day is not None else None)
        for number, day in sorted(days.items())
    ]
    if told is not None:
        written.append((key + _BOOK, BOOKS.dump(told)))
    return (*written, (key, STATES.dump(state)))


def state_key(segment_id: str, traffic: str) -> bytes:
    """Return the table key of a segment's state: exercises never touch the actual state."""
    return (segment_id if traffic == "actual" else f"{segment_id}@{traffic}").encode()


def day_key(segment: bytes, number: int) -> bytes:
    """Return the table key of a segment's day."""
    return segment + _PART + date.fromordinal(number).isoformat().encode()


def is_part(key: bytes) -> bool:
    """Tell whether a key is that of a segment's day or book, and not of a state."""
    return _PART in key


def segment_of(key: bytes) -> bytes:
    """Return the key of the segment that a part's key, or its own, belongs to."""
    return key.partition(_PART)[0]


def record_key(key: bytes) -> bytes:
    """Return the key of the records that move the state, or the part, of a segment's key."""
    return segment_of(key).partition(b"@")[0]


def states(table: Mapping[bytes, bytes]) -> Iterator[SegmentState]:
    """Yield the state of every segment in ``table``, in order of their keys."""
    for key in sorted(table):
        if not is_part(key) and (state := STATES.load(table.get(key))) is not None:
            yield state
