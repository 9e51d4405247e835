"""Requests that go on for long: they end once their caller may do so no longer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.gateway.auth import store
from services.gateway.auth.identify import Authentication
from services.gateway.auth.keyring import Keyring
from services.gateway.following import stream
from services.gateway.parts import Parts
from services.gateway.publishing import batch
from services.gateway.who import Scope
from services.ledger.store import Store
from services.moments import utc_now
from tests.builders import raw, report
from tests.gateway.auth.asking import bearer
from tests.gateway.follow.conftest import Served, serving
from tests.gateway.follow.written import Written, told
from tests.gateway.memory import MemoryLog

End = Callable[[Engine, str], None]


def revoked(own: Engine, key_id: str) -> None:
    store.revoke(own, key_id, utc_now())


def expired(own: Engine, key_id: str) -> None:
    store.rotate(own, key_id, utc_now(), timedelta())


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ASK_AGAIN_S", 0.0)
    monkeypatch.setattr(batch, "ASK_AGAIN_S", 0.0)


@pytest.fixture
async def served(parts: Parts) -> AsyncIterator[Served]:
    """A gateway that knows keys, and asks for them each time."""
    seconds = iter(range(0, 10**9, 10))
    keyring = Keyring(parts.own, lambda: float(next(seconds)))
    identify = Authentication(keyring, utc_now)
    beat = timedelta(milliseconds=200)
    async with serving(replace(parts, identify=identify), heartbeat=beat) as found:
        yield found


@pytest.mark.parametrize("end", [revoked, expired])
async def test_a_stream_tells_nothing_more_once_its_key_has_ended(
    served: Served, own: Engine, ledger: Engine, end: End
) -> None:
    made = store.create(own, "desk", frozenset({Scope.READ}), utc_now())
    served.client.headers.update(bearer(made.text))
    written = Written(Store(ledger))
    async with served.stream(since="beginning") as following:
        written.put(told(1))
        await following.take(1)
        end(own, made.key.key_id)
        written.put(told(2))

        async with asyncio.timeout(10):
            assert [event async for event in following.events] == []


async def test_a_silent_stream_ends_too(served: Served, own: Engine) -> None:
    made = store.create(own, "desk", frozenset({Scope.READ}), utc_now())
    served.client.headers.update(bearer(made.text))
    async with served.stream() as following:
        revoked(own, made.key.key_id)

        async with asyncio.timeout(10):
            assert [event async for event in following.events] == []


async def test_a_stream_goes_on_while_nobody_can_tell_who_its_reader_is(
    served: Served, own: Engine, ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_engine: Engine) -> None:
        raise DBAPIError("SELECT", None, Exception("away"))

    made = store.create(own, "desk", frozenset({Scope.READ}), utc_now())
    served.client.headers.update(bearer(made.text))
    written = Written(Store(ledger))
    async with served.stream() as following:
        monkeypatch.setattr(store, "every", away)
        written.put(told(1))

        assert len(await following.take(1)) == 1


async def test_a_batch_is_read_no_further_once_its_key_has_ended(
    served: Served, own: Engine, log: MemoryLog
) -> None:
    made = store.create(own, "mission", frozenset({Scope.PUBLISH}), utc_now())
    first_is_there = _until(lambda: len(log.records) == 1)

    async def body() -> AsyncIterator[bytes]:
        yield raw(report(incident_id="I-1")) + b"\n"
        await first_is_there()
        revoked(own, made.key.key_id)
        yield raw(report(incident_id="I-2")) + b"\n"

    headers = {"content-type": "application/x-ndjson"} | bearer(made.text)
    answer = await served.client.post("/v1/incidents:batch", content=body(), headers=headers)

    assert b'"end"' not in answer.content
    assert len(log.records) == 1


def _until(done: Callable[[], bool]) -> Callable[[], Awaitable[None]]:
    async def waited() -> None:
        async with asyncio.timeout(10):
            while not done():
                await asyncio.sleep(0.01)

    return waited
