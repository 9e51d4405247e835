"""What an agent gets of a topic that is read a fetch at a time, and how a topic asks for it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, overload

import faust
from aiokafka import ConsumerRecord
from faust.exceptions import ImproperlyConfigured
from faust.types import AppT, EventT, Message, TopicT

RECORDS = 1_000
"""Most records of one batch."""

BYTES = 4 * 1_048_576
"""Most bytes of one batch: keys, values and headers; a larger record is a batch by itself."""

WAITING = 2
"""How many batches may wait for an agent; then reading waits too, and the next batch is larger."""


class Batch(Sequence[ConsumerRecord]):
    """The records that one fetch found in a partition, in order; at least one.

    It is the value of an event of a topic made by ``topic``. The event has the offset of the first
    record, no key and no headers: those of the records are in the records.

    Parameters
    ----------
    records
        As aiokafka reads them: ``offset``, ``key`` and ``value`` [bytes or None], ``headers``
        [(name, bytes or None)], ``timestamp`` [ms since 1970].
    end
        The offset after the last record, and after what is no record and follows it.
    """

    __slots__ = ("end", "records", "settled")

    def __init__(self, records: Sequence[ConsumerRecord], end: int) -> None:
        self.records = records
        self.end = end
        self.settled = end

    @property
    def first(self) -> int:
        """The offset of the first record."""
        offset: int = self.records[0].offset
        return offset

    def settle(self, count: int) -> None:
        """Say that the first ``count`` records are done, and no more.

        Acknowledging the event then commits only those; what comes after is read again by whoever
        gets the partition next. An event that is acknowledged without a word is done as a whole.
        """
        self.settled = self.records[count].offset if count < len(self.records) else self.end

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, at: int) -> ConsumerRecord: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[ConsumerRecord]: ...
    def __getitem__(self, at: int | slice) -> Any:
        return self.records[at]

    def __iter__(self) -> Iterator[ConsumerRecord]:
        return iter(self.records)


class Batches(faust.Schema[Any, Any]):
    """The schema of a topic whose events are batches: what is in them is left as it is."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[EventT[Any]]]:
        """Return what makes an event of a message whose value is a ``Batch``."""

        async def decode(message: Message, *, propagate: bool = False) -> EventT[Any]:  # noqa: ARG001
            return app.create_event(None, message.value, None, message)

        return decode


def topic(app: AppT, *names: str, **options: Any) -> TopicT:
    """Return a topic like ``app.topic`` does, whose events are a ``Batch`` each.

    The application's broker must be named by the scheme of ``services.risk.transport``, and nothing
    else in it may read the topic record by record.
    """
    found = app.topic(*names, schema=Batches(), **options)
    # Faust takes this as an argument and forgets it: thousands would wait, of a record or two each.
    found.maxsize = WAITING
    return found


def asked_for(app: AppT) -> frozenset[str]:
    """Return the names of the topics that are read a batch at a time.

    Raises
    ------
    ImproperlyConfigured
        One of them is also read record by record.
    """
    batches: set[str] = set()
    single: set[str] = set()
    for channel in app.topics:
        (batches if isinstance(channel.schema, Batches) else single).update(channel.topics)
    if both := batches & single:
        msg = f"read in batches and record by record: {sorted(both)}; expected one of the two"
        raise ImproperlyConfigured(msg)
    return frozenset(batches)


def cut(records: Sequence[ConsumerRecord], end: int) -> Iterator[Batch]:
    """Yield ``records`` in batches within the limits; ``end`` is the offset after all of them."""
    start, size = 0, 0
    for at, record in enumerate(records):
        length = _size(record)
        if at > start and (at - start >= RECORDS or size + length > BYTES):
            yield Batch(records[start:at], record.offset)
            start, size = at, 0
        size += length
    if records:
        yield Batch(records[start:], end)


def _size(record: ConsumerRecord) -> int:
    size: int = record.serialized_key_size + record.serialized_value_size
    for name, value in record.headers:
        size += len(name) + len(value or b"")
    return size
