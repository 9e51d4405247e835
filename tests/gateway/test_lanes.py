"""What is in flight is waited for; what waits is refused for certain."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, OutOfOrderSequenceNumber
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.base import RecordRef
from services import records
from services.clients import Unreachable
from services.gateway import lanes
from services.gateway.lanes import Lane
from services.gateway.parts import InDoubt, LogAway
from services.gateway.producers import Producers
from services.gateway.watching import Watch
from services.ports import free_port
from tests.builders import event, report


class FakeProducers:
    """Producers whose batches end when, and as, the test says."""

    def __init__(self) -> None:
        self.flights: list[asyncio.Future[Any]] = []
        self.batches: list[BatchBuilder] = []
        self.retired = 0
        self.unreachable = False

    @asynccontextmanager
    async def lent(self) -> AsyncIterator["FakeProducers"]:
        if self.unreachable:
            raise Unreachable("here", "refused")
        yield self

    def retire(self, _producer: object) -> None:
        self.retired += 1

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(256 * 1024, 0)

    async def send_batch(self, batch: BatchBuilder, *_: object, **__: object) -> Any:
        self.batches.append(batch)
        self.flights.append(asyncio.get_running_loop().create_future())
        return self.flights[-1]

    async def flight(self, number: int) -> asyncio.Future[Any]:
        async with asyncio.timeout(5):
            while len(self.flights) <= number:
                await asyncio.sleep(0.005)
        return self.flights[number]


class Lab:
    """A lane, and what is behind it."""

    def __init__(self) -> None:
        self.producers = FakeProducers()
        self.away: str | None = None
        self.lane = Lane("incidents", 3, cast(Producers, self.producers), lambda: self.away)

    def put(self, n: int = 0) -> "asyncio.Future[RecordRef]":
        return self.lane.put(records.incident(event(report(incident_id=f"I-{n}"))))


@pytest.fixture
async def lab(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.1)
    found = Lab()
    yield found
    await found.lane.close()


async def test_one_batch_at_a_time_takes_all_that_waits(lab: Lab) -> None:
    first = lab.put()
    flight = await lab.producers.flight(0)
    rest = [lab.put(n) for n in range(1, 6)]
    flight.set_result(SimpleNamespace(offset=10))
    (await lab.producers.flight(1)).set_result(SimpleNamespace(offset=11))

    assert await first == RecordRef(topic="incidents", partition=3, offset=10)
    assert [(await place).offset for place in rest] == [11, 12, 13, 14, 15]
    assert len(lab.producers.batches) == 2


async def test_what_waits_is_refused_and_what_is_in_flight_is_waited_for(lab: Lab) -> None:
    flying = lab.put()
    flight = await lab.producers.flight(0)
    waiting = lab.put(1)
    await asyncio.sleep(0.2)
    late = lab.put(2)

    for place in (waiting, late):
        with pytest.raises(LogAway, match="no answer yet"):
            await place
    assert not flying.done()
    flight.set_result(SimpleNamespace(offset=5))
    assert (await flying).offset == 5
    again = lab.put(3)
    (await lab.producers.flight(1)).set_result(SimpleNamespace(offset=6))
    assert (await again).offset == 6


async def test_nothing_is_taken_while_no_broker_is_there(lab: Lab) -> None:
    lab.away = "connection refused"
    with pytest.raises(LogAway, match="connection refused"):
        await lab.put()
    lab.away = None
    lab.producers.unreachable = True
    with pytest.raises(LogAway, match="refused"):
        await lab.put()

    assert lab.producers.batches == []


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (MessageSizeTooLargeError(), LogAway),
        (OutOfOrderSequenceNumber(), InDoubt),
        (KafkaError("unexpected"), InDoubt),
        (RuntimeError("a fault of the client"), InDoubt),
    ],
)
async def test_a_batch_that_the_client_gives_up_is_in_doubt_and_spoils_the_producer(
    lab: Lab, failure: Exception, told: type[Exception]
) -> None:
    place = lab.put()
    (await lab.producers.flight(0)).set_exception(failure)

    with pytest.raises(told):
        await place
    assert lab.producers.retired == 1


async def test_a_batch_whose_place_the_broker_has_forgotten_is_in_doubt(lab: Lab) -> None:
    place = lab.put()
    (await lab.producers.flight(0)).set_result(SimpleNamespace(offset=-1))

    with pytest.raises(InDoubt, match="it is written"):
        await place


async def test_a_broker_that_ends_is_noticed_at_once_and_again_when_it_is_back() -> None:
    told: list[str] = []
    held: list[asyncio.StreamWriter] = []
    port = free_port()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()
        writer.close()

    async def until(holds: bool) -> None:
        async with asyncio.timeout(5):
            while (watch.away is None) is not holds:
                await asyncio.sleep(0.01)

    server = await asyncio.start_server(hold, "127.0.0.1", port)
    watch = Watch(f"127.0.0.1:{port}", told.append)
    try:
        await asyncio.sleep(0.1)
        assert watch.away is None
        server.close()
        held[-1].close()
        await until(False)
        assert told == ["Connection refused"]
        server = await asyncio.start_server(hold, "127.0.0.1", port)
        await until(True)
        assert len(told) == 1
    finally:
        await watch.close()
        server.close()
