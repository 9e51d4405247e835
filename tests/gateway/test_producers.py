"""One producer at a time: one that is spoilt is closed once nobody waits for it any more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services import clients
from services.gateway.producers import Producers
from services.settings import Kafka


class FakeProducer:
    """A producer that does nothing."""

    def __init__(self, *, fails: bool) -> None:
        self._message_accumulator = SimpleNamespace(_batch_ttl=1)
        self._fails = fails

    async def partitions_for(self, _topic: str) -> set[int]:
        if self._fails:
            raise KafkaError
        return {0}


class Opened:
    """Which producers have been opened, and which of them are closed."""

    def __init__(self) -> None:
        self.all: list[FakeProducer] = []
        self.closed: list[FakeProducer] = []
        self.fails = False

    @asynccontextmanager
    async def producer(self, _kafka: Kafka, **_options: Any) -> AsyncIterator[FakeProducer]:
        found = FakeProducer(fails=self.fails)
        self.all.append(found)
        try:
            yield found
        finally:
            self.closed.append(found)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    found = Opened()
    monkeypatch.setattr(clients, "producer", found.producer)
    return found


async def test_a_spoilt_producer_is_closed_once_nobody_waits_for_it(opened: Opened) -> None:
    producers = Producers(Kafka())
    async with producers.lent() as waiting:
        async with producers.lent() as spoilt:
            assert spoilt is waiting
            producers.retire(cast(AIOKafkaProducer, spoilt))
        assert opened.closed == []
        async with producers.lent() as other:
            assert other is not spoilt
    assert opened.closed == [spoilt]
    await producers.close()
    assert opened.closed == [spoilt, other] == opened.all


async def test_one_that_cannot_be_used_is_closed_at_once(opened: Opened) -> None:
    producers = Producers(Kafka())
    opened.fails = True
    for _ in range(3):
        with pytest.raises(KafkaError):
            await producers.current()
    assert len(opened.closed) == len(opened.all) == 3
    opened.fails = False
    assert await producers.current() is opened.all[3]
    await producers.close()
    assert len(opened.closed) == 4
