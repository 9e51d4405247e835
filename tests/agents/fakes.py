"""Stand-ins for what surrounds an agent: the stream, the tables' states, the watch."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import ConsumerRecord

from schemas.rejection import RejectReason
from services.records import milliseconds
from services.risk.batches import Batch
from services.risk.changelog import Changes, States
from tests.builders import NOON


def record(
    offset: int,
    value: bytes | None,
    *,
    key: bytes | None = b"I-1",
    headers: Iterable[tuple[str, bytes | None]] = (("origin", b"test"),),
    timestamp: int = milliseconds(NOON),
) -> ConsumerRecord:
    """Return a record as aiokafka reads it."""
    sizes = [-1 if part is None else len(part) for part in (key, value)]
    return ConsumerRecord(
        "topic", 0, offset, timestamp, 0, key, value, None, *sizes, tuple(headers)
    )


def batch(*values: bytes | None, start: int = 0) -> Batch:
    """Return a batch of records with these values, from the offset ``start`` on."""
    records = [record(start + n, value) for n, value in enumerate(values)]
    return Batch(records, start + len(values))


class Stream:
    """Stands in for Faust's stream: the batches of one partition, in order.

    ``acknowledged`` is what acknowledging each of them commits.
    """

    def __init__(self, *batches: Batch) -> None:
        self._batches = batches
        self.acknowledged: list[int] = []

    async def events(self) -> AsyncIterator[Any]:
        for one in self._batches:
            try:
                yield SimpleNamespace(value=one)
            finally:
                self.acknowledged.append(one.settled)


class Held(States):
    """States in memory, of which ``room`` fit at once."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.held: dict[bytes, bytes] = {}
        self.kept: list[tuple[int, dict[bytes, bytes | None]]] = []
        self._room = room

    def fits(self, changes: Changes) -> bool:
        return len(changes) <= self._room

    async def keep(self, partition: int, changes: Changes) -> None:
        self.kept.append((partition, dict(changes)))
        for key, value in changes.items():
            if value is None:
                del self.held[key]
            else:
                self.held[key] = value

    def __getitem__(self, key: bytes) -> bytes:
        return self.held[key]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


class Bearing:
    """A watch that bears any number of rejects, or one that ends after ``most`` records."""

    def __init__(self, most: int | None = None) -> None:
        self.told: list[RejectReason | None] = []
        self.failures: list[Exception] = []
        self._most = most

    def borne(self, reasons: Sequence[RejectReason | None]) -> int:
        left = len(reasons) if self._most is None else self._most - len(self.told)
        return min(left, len(reasons))

    async def goes_on(self, reasons: Sequence[RejectReason | None]) -> bool:
        self.told += reasons
        return self._most is None or len(self.told) < self._most

    async def failed(self, error: Exception) -> None:
        self.failures.append(error)
