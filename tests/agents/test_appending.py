"""Appending to partitions: in order, in few of Kafka's batches, until the broker has it."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import stamina
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.record.memory_records import MemoryRecords

from schemas.topics import ALERTS, ASSESSMENTS, OBSERVATIONS, REJECTED, Topic
from services.records import Outgoing, milliseconds
from services.risk.appending import Appender, Refused, Row
from services.risk.publisher import Publisher
from services.settings import Kafka
from tests.builders import NOON

MANY = 1_000_000


class Producer:
    """Stands in for aiokafka's: keeps the batches, or fails as told."""

    _max_request_size = 10_000

    def __init__(self, *failures: KafkaError, refuses: bytes = b"refused") -> None:
        self.batches: list[tuple[str, int, list[Any]]] = []
        self.end = 100
        self._failures = list(failures)
        self._refuses = refuses

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0, 1, 2, 3}

    async def send_batch(self, built: Any, topic: str, *, partition: int) -> Any:
        found = list(MemoryRecords(bytes(built._build())).next_batch())
        self.batches.append((topic, partition, found))
        acknowledged = asyncio.get_running_loop().create_future()
        if self._failures:
            acknowledged.set_exception(self._failures.pop(0))
        elif any(record.value == self._refuses for record in found):
            acknowledged.set_exception(InvalidTimestampError())
        else:
            acknowledged.set_result(SimpleNamespace(offset=self.end))
            self.end += len(found)
        return acknowledged

    @property
    def values(self) -> list[list[bytes]]:
        return [[record.value for record in found] for _, _, found in self.batches]


def appender(producer: Producer) -> Appender:
    class Known(Appender):
        async def _producer(self) -> Any:
            return producer

    app: Any = None
    return Known(app)


def rows(*values: bytes | None) -> list[Row]:
    return [(b"k", value, [], 5) for value in values]


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Try again without a pause."""
    with stamina.set_testing(True, attempts=10):
        yield


async def test_records_are_appended_in_order_with_all_that_they_are() -> None:
    producer = Producer()
    at = milliseconds(NOON)
    written: list[Row] = [(b"a", b"1", [("n", b"v")], at), (None, b"2", [], 0), (b"c", None, [], 7)]
    await appender(producer).append("t", 3, written, MANY)
    ((topic, partition, found),) = producer.batches
    assert (topic, partition) == ("t", 3)
    assert [(r.key, r.value, list(r.headers), r.timestamp) for r in found] == written


async def test_a_batch_of_kafka_holds_at_most_so_many_bytes_or_one_record() -> None:
    producer = Producer()
    small, large = b"x" * 100, b"y" * 1_000
    await appender(producer).append("t", 0, rows(small, small, small, large, small), 320)
    assert producer.values == [[small, small], [small], [large], [small]]


async def test_the_offset_of_the_last_record_is_told() -> None:
    producer = Producer()
    small, large = b"x" * 100, b"y" * 1_000
    assert await appender(producer).append("t", 0, rows(small, large, small), 320) == 102
    assert await appender(producer).append("t", 0, rows(small, small), MANY) == 104


async def test_nothing_to_append_is_nothing_sent() -> None:
    producer = Producer()
    await appender(producer).append("t", 0, [], MANY)
    assert producer.batches == []


async def test_appending_is_tried_again_until_the_broker_answers() -> None:
    producer = Producer(*[KafkaConnectionError("away")] * 3)
    await appender(producer).append("t", 0, rows(b"1", b"2"), MANY)
    assert producer.values == [[b"1", b"2"]] * 4


@pytest.mark.parametrize(
    "error", [MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError]
)
async def test_what_the_broker_refuses_for_good_is_named_and_what_is_before_it_written(
    error: type[KafkaError],
) -> None:
    producer = Producer(error(), refuses=b"bad")
    with pytest.raises(Refused) as refused:
        await appender(producer).append("t", 0, rows(b"1", b"2", b"bad", b"4"), MANY)
    assert refused.value.row == 2
    assert isinstance(refused.value.cause, InvalidTimestampError)
    assert producer.values == [[b"1", b"2", b"bad", b"4"], [b"1"], [b"2"], [b"bad"]]


async def test_a_batch_that_is_too_large_as_a_whole_is_sent_record_by_record() -> None:
    producer = Producer(RecordListTooLargeError())
    await appender(producer).append("t", 0, rows(b"1", b"2", b"3"), MANY)
    assert producer.values[1:] == [[b"1"], [b"2"], [b"3"]]


async def test_what_is_larger_than_any_request_is_refused_without_asking() -> None:
    producer = Producer()
    with pytest.raises(Refused, match="MessageSizeTooLargeError"):
        await appender(producer).append("t", 0, rows(b"x" * 20_000), MANY)
    assert producer.batches == []


def out(topic: Topic, key: bytes | None, value: bytes) -> Outgoing:
    return Outgoing(topic, key, value, (("h", b"1"),), NOON)


async def test_a_key_goes_where_any_client_of_kafka_puts_it() -> None:
    producer = Producer()
    keys = [f"KGZ-TJK-050-{n:02}".encode() for n in range(40)]
    said = [out(OBSERVATIONS, key, b"1") for key in keys]
    await Publisher(appender(producer), Kafka(topic_prefix="p.")).publish(said)
    assert {topic for topic, _, _ in producer.batches} == {"p.observations"}
    theirs = DefaultPartitioner()
    places = [0, 1, 2, 3]
    for _, partition, found in producer.batches:
        assert {theirs(record.key, places, places) for record in found} == {partition}
        assert {record.timestamp for record in found} == {milliseconds(NOON)}
        assert [list(record.headers) for record in found] == [[("h", b"1")]] * len(found)
    assert sum(len(found) for _, _, found in producer.batches) == len(keys)


async def test_a_record_without_a_key_is_published_too() -> None:
    producer = Producer()
    await Publisher(appender(producer), Kafka()).publish([out(REJECTED, None, b"1")])
    assert producer.values == [[b"1"]]


async def test_an_assessment_is_published_once_its_alert_is_acknowledged() -> None:
    waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    class Slow(Producer):
        async def send_batch(self, built: Any, topic: str, *, partition: int) -> Any:
            sent = await super().send_batch(built, topic, partition=partition)
            return waiting if topic == ALERTS.name else sent

    producer = Slow()
    said = [out(topic, b"k", b"%d" % n) for n in range(3) for topic in (ALERTS, ASSESSMENTS)]
    task = asyncio.create_task(Publisher(appender(producer), Kafka()).publish(said))
    await asyncio.sleep(0.05)
    assert [topic for topic, _, _ in producer.batches] == [ALERTS.name]
    waiting.set_result(SimpleNamespace(offset=0))
    await task
    assert [topic for topic, _, _ in producer.batches] == [ALERTS.name, ASSESSMENTS.name]
    assert producer.values == [[b"0", b"1", b"2"]] * 2
