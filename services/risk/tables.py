"""What the worker's tables hold: keys and bytes of every state, and who finds them."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from models.domain.days import Day
from models.domain.posture import Posture
from models.domain.revisions import KnownIncident
from models.domain.risk import SegmentState, recalled
from models.domain.silences import boundaries
from models.domain.told import Book
from schemas.incident import Traffic

T = TypeVar("T")

Table = MutableMapping[bytes, bytes]

VERSION = 4
"""Of the states' form; it is part of every table's name, so that no worker reads another form."""

INCIDENTS_TABLE = f"incidents-v{VERSION}"
SEGMENTS_TABLE = f"segments-v{VERSION}"


def changelog(group: str, table: str) -> str:
    """Return the topic that Faust keeps a table of the group's workers in."""
    return f"{group}-{table}-changelog"


_PART = b"|"
"""Stands between a segment and a part of it; no identifier has it."""

_BOOK = _PART + b"alerts"

_REMEMBERED = 20_000
"""How many states of a kind are remembered as objects beside their bytes."""


class Stored(Generic[T]):
    """Reads and writes one type of state as canonical JSON bytes.

    What was read or written lately is not parsed again: a state is never changed, only replaced.

    Parameters
    ----------
    but
        The fields that are left out, as pydantic names them.
    """

    def __init__(self, kind: type[T], but: Any = None) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)
        self._but = but
        self._known: dict[bytes, T] = {}

    def load(self, raw: bytes | None) -> T | None:
        """Return the state, or None where there is none yet."""
        if raw is None:
            return None
        state = self._known.get(raw)
        if state is None:
            state = self._remembered(raw, self._adapter.validate_json(raw))
        return state

    def dump(self, state: T) -> bytes:
        """Return the state's bytes: equal states have equal bytes."""
        raw = self._adapter.dump_json(state, exclude=self._but)
        self._remembered(raw, state)
        return raw

    def replaced(self, raw: bytes | None) -> None:
        """Remember no longer what stood in a table: it is hardly read again, and may be large."""
        if raw is not None:
            self._known.pop(raw, None)

    def forget(self) -> None:
        """Remember nothing beside the bytes."""
        self._known.clear()

    def _remembered(self, raw: bytes, state: T) -> T:
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[raw] = state
        return state


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose state it is, of when, and how it stands with its alerts."""

    segment_id: str
    traffic: Traffic
    clock: datetime
    reported_at: datetime
    posture: Posture

    @property
    def boundaries(self) -> tuple[datetime, ...]:
        """When its silences begin and end."""
        return boundaries(self.posture.silences)


_HEADING = TypeAdapter(Heading)


def heading(raw: bytes) -> Heading:
    """Return what a segment's state says beside its risk, without reading that."""
    return _HEADING.validate_json(raw)


INCIDENTS = Stored(KnownIncident)
# Days stand for themselves; a state that held the latest too would grow with their reports.
STATES = Stored(SegmentState, but={"risk": {"lately"}})
DAYS = Stored(Day)
BOOKS = Stored(Book)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A state that a table is to hold, or that it is to hold none any more."""

    key: bytes
    kind: Stored[T]
    state: T | None

    def bytes(self) -> bytes | None:
        """Return what the table is to hold, None for nothing."""
        return None if self.state is None else self.kind.dump(self.state)


def net(changes: Iterable[Change[Any]], table: Mapping[bytes, bytes]) -> dict[bytes, bytes | None]:
    """Return what ``changes`` come to: the last state of each key, and only where it is new.

    None stands for a state that is to go. What is changed last also stands last. What it replaces
    is remembered no longer: where it is not replaced after all, it is read again.
    """
    last: dict[bytes, Change[Any]] = {}
    for one in changes:
        last.pop(one.key, None)
        last[one.key] = one
    found: dict[bytes, bytes | None] = {}
    for key, one in last.items():
        raw, before = one.bytes(), table.get(key)
        if raw != before:
            found[key] = raw
            one.kind.replaced(before)
    return found


def store(changes: Iterable[Change[Any]], table: Table) -> None:
    """Put states into ``table``, in order; of several for one key only the last is written."""
    for key, raw in net(changes, table).items():
        if raw is not None:
            table[key] = raw
        else:
            del table[key]


class Desk:
    """A table as objects, with changes that are not in it yet."""

    def __init__(
        self, table: Mapping[bytes, bytes], changed: Mapping[bytes, Any] | None = None
    ) -> None:
        self.table = table
        self._changed = dict(changed or {})

    def copy(self) -> "Desk":
        """Return a desk of its own that begins with the same changes."""
        return Desk(self.table, self._changed)

    def get(self, kind: Stored[T], key: bytes) -> T | None:
        """Return the state of ``key``, or None where there is none."""
        if key in self._changed:
            state: T | None = self._changed[key]
            return state
        return kind.load(self.table.get(key))

    def put(self, changes: Iterable[Change[Any]]) -> None:
        """Take in changes."""
        for one in changes:
            self._changed[one.key] = one.state

    def segment(self, segment_id: str, traffic: Traffic) -> "Segment":
        """Return what is known of a segment."""
        key = state_key(segment_id, traffic)
        days = _Days(self, key)
        state = self.get(STATES, key)
        if state is not None and key not in self._changed:
            state = recalled(state, days)
        return Segment(state, days)

    def book(self, state: SegmentState) -> Book:
        """Return which alerts of a segment rest on which incidents."""
        return self.get(BOOKS, state_key(state.segment_id, state.traffic) + _BOOK) or Book()


class _Days(Mapping[int, Day]):
    """The days of one segment by their ordinal, read when they are asked for."""

    def __init__(self, desk: Desk, segment: bytes) -> None:
        self._desk = desk
        self._segment = segment

    def __getitem__(self, number: int) -> Day:
        day = self._desk.get(DAYS, day_key(self._segment, number))
        if day is None:
            raise KeyError(number)
        return day

    def __iter__(self) -> Iterator[int]:
        start = self._segment + _PART
        for key in self._desk.table:
            if key.startswith(start) and not key.endswith(_BOOK):
                yield date.fromisoformat(key.removeprefix(start).decode()).toordinal()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Segment:
    """What a table holds of one segment."""

    state: SegmentState | None
    days: Mapping[int, Day]


def changes(
    state: SegmentState, days: Mapping[int, Day | None], told: Book | None = None
) -> tuple[Change[Any], ...]:
    """Return what to write of a segment, in order: its parts, then the state that counts them."""
    key = state_key(state.segment_id, state.traffic)
    written: list[Change[Any]] = [
        Change(day_key(key, number), DAYS, day) for number, day in sorted(days.items())
    ]
    if told is not None:
        written.append(Change(key + _BOOK, BOOKS, told))
    return (*written, Change(key, STATES, state))


def state_key(segment_id: str, traffic: str) -> bytes:
    """Return the table key of a segment's state: exercises never touch the actual state."""
    return (segment_id if traffic == "actual" else f"{segment_id}@{traffic}").encode()


def day_key(segment: bytes, number: int) -> bytes:
    """Return the table key of a segment's day."""
    return segment + _date(number)


@lru_cache(maxsize=4096)
def _date(number: int) -> bytes:
    return _PART + date.fromordinal(number).isoformat().encode()


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
