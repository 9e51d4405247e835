"""Appends records to partitions through the producer of a Faust application, many at a time."""

from collections.abc import Sequence
from typing import Any

import faust
import stamina
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

Row = tuple[bytes | None, bytes | None, list[tuple[str, bytes]], int | None]
"""A record: key, value, headers and timestamp [ms since 1970]; without one it is of now."""

_HOPELESS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)
"""What a broker answers to a record that it will never take."""


class Refused(Exception):
    """The broker will never take a record; ``row`` is its place among those to append."""

    def __init__(self, row: int, cause: KafkaError) -> None:
        super().__init__(f"row {row}: {type(cause).__name__}")
        self.row = row
        self.cause = cause


class Appender:
    """Appends to any partition of any topic.

    It goes below Faust's producer, which spends on each record what a whole batch costs here.
    """

    def __init__(self, app: faust.App) -> None:
        self._app = app

    async def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has, once the cluster tells."""
        producer = await self._producer()
        async for attempt in _for_ever():
            with attempt:
                return len(await producer.partitions_for(topic))
        raise AssertionError

    async def append(self, topic: str, partition: int, rows: Sequence[Row], most: int) -> int:
        """Append ``rows`` in order; return the last one's offset when all are acknowledged.

        They go in as few of Kafka's batches as ``most`` [bytes] allows, one after the other: a
        batch is in the log as a whole or not at all. It gives up on no broker, and writes again
        what was not acknowledged.

        Raises
        ------
        Refused
            The broker will never take one of them; those before it have been written.
        """
        producer = await self._producer()
        start = 0
        last = -1
        while start < len(rows):
            built = _built(rows, start, most)
            try:
                first = await _acknowledged(producer, built, topic, partition)
            except _HOPELESS as error:
                if built.record_count() == 1:
                    raise Refused(start, error) from error
                # One of them is at fault; taken one by one, the others are not.
                most = 0
            else:
                start += built.record_count()
                last = first + built.record_count() - 1
        return last

    async def _producer(self) -> Any:
        producer: Any = await self._app.maybe_start_producer()
        return producer._ensure_producer()


def _built(rows: Sequence[Row], start: int, most: int) -> BatchBuilder:
    """Return a batch of the next rows: at least one, and as many as ``most`` bytes hold."""
    builder = BatchBuilder(most, 0)
    for at in range(start, len(rows)):
        key, value, headers, timestamp = rows[at]
        if builder.append(timestamp=timestamp, key=key, value=value, headers=headers) is None:
            break
    builder.close()
    return builder


async def _acknowledged(producer: Any, built: BatchBuilder, topic: str, partition: int) -> int:
    """Return the offset of the batch's first record."""
    if built.size() > producer._max_request_size:
        raise MessageSizeTooLargeError
    async for attempt in _for_ever():
        with attempt:
            told = await (await producer.send_batch(built, topic, partition=partition))
            first: int = told.offset
            return first
    raise AssertionError


def _for_ever() -> Any:
    return stamina.retry_context(on=_passing, attempts=None, timeout=None, wait_max=10.0)


def _passing(error: Exception) -> bool:
    return isinstance(error, KafkaError) and not isinstance(error, _HOPELESS)
