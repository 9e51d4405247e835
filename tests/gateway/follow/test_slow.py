"""Readers that do not read: they are cut off, told so if they still listen, and never held."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from schemas.event import AlertEvent
from services.gateway.following.connection import UNSENT
from services.gateway.parts import Parts
from tests.builders import at
from tests.gateway.follow.conftest import Served, serving
from tests.gateway.follow.sockets import bare
from tests.gateway.follow.sse import Event
from tests.gateway.follow.written import Written, told

ALL = "/v1/alerts/stream?since=beginning"
QUICK: dict[str, Any] = {"patience": timedelta(milliseconds=400)}


def large(count: int, first: int = 1) -> list[Any]:
    """Return alerts of about 5 kB each."""
    return [told(first + n, at=at(n), explanation="x" * 4_000) for n in range(count)]


def sequences(events: list[Event]) -> list[int]:
    return [AlertEvent.model_validate_json(event.data).data.sequence for event in events]


async def until_blocked(served: Served) -> None:
    async with asyncio.timeout(10):
        while not any(stream.blocked for stream in served.app.state.feed.streams):
            await asyncio.sleep(0.01)


async def until_gone(served: Served) -> None:
    async with asyncio.timeout(10):
        while served.app.state.feed.streams:
            await asyncio.sleep(0.02)


async def test_one_that_never_reads_is_cut_off_and_leaves_nothing_behind(
    parts: Parts, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    written.put(*large(200))
    async with serving(parts, **QUICK) as served, bare(served.port, ALL) as reader:
        await until_blocked(served)
        await until_gone(served)
        # The connection is reset: neither we nor the system hold what nobody has taken.
        assert await reader.rest() == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_what_one_that_never_reads_holds_is_little(parts: Parts, written: Written) -> None:
    written.put(*large(400))
    async with serving(parts, **QUICK) as served, bare(served.port, ALL):
        await until_blocked(served)
        (stream,) = served.app.state.feed.streams
        taken = stream.reader.position[written.partition(told(1))]
    # What is in the system's two buffers, in ours and in hand.
    assert taken * 5_000 < 10 * UNSENT


async def test_one_that_reads_again_is_told_that_it_was_too_slow_and_may_come_back(
    parts: Parts, written: Written
) -> None:
    written.put(*large(200))
    async with serving(parts, **QUICK) as served:
        async with bare(served.port, ALL) as reader:
            # Too late for the next event, and early enough for the last.
            await until_blocked(served)
            await asyncio.sleep(0.6)
            *events, last = await reader.rest()
        assert last.name == "gone-slow"
        assert orjson.loads(last.data) == {"patience_s": 0.4}
        taken = sequences(events)
        assert taken == list(range(1, len(taken) + 1))
        async with served.stream(last.last_id) as stream:
            rest = sequences(await stream.take(200 - len(taken)))
    assert taken + rest == list(range(1, 201))


async def test_one_that_reads_slowly_but_steadily_is_not_cut_off(
    parts: Parts, written: Written
) -> None:
    count = 1_000
    written.put(*large(count))
    patient = {"patience": timedelta(seconds=3)}
    async with serving(parts, **patient) as served, bare(served.port, ALL) as reader:
        await until_blocked(served)
        blocked, found = 0, []
        async for event in reader.events():
            found.append(event)
            blocked += any(stream.blocked for stream in served.app.state.feed.streams)
            await asyncio.sleep(0.004)
            if len(found) == count:
                break
    assert sequences(found) == list(range(1, count + 1))
    assert blocked > 10, "it was waited for again and again, for longer than patience in all"


async def test_others_are_told_while_one_does_not_read(parts: Parts, written: Written) -> None:
    patient = {"patience": timedelta(seconds=30)}
    async with (
        serving(parts, **patient) as served,
        bare(served.port, ALL),
        served.stream(since="beginning") as stream,
    ):
        for first in range(1, 200, 20):
            written.put(*large(20, first))
        assert sequences(await stream.take(200)) == list(range(1, 201))


async def test_a_gateway_that_stops_waits_for_no_reader(parts: Parts, written: Written) -> None:
    loop = asyncio.get_running_loop()
    patient = {"patience": timedelta(seconds=30)}
    async with serving(parts, **patient) as served:
        written.put(*large(200))
        now = "/v1/alerts/stream"
        async with bare(served.port, ALL), bare(served.port, now) as idle, asyncio.timeout(5):
            while len(served.app.state.feed.streams) < 2:
                await asyncio.sleep(0.01)
            await until_blocked(served)
            before = loop.time()
            ending = asyncio.ensure_future(idle.rest())
            served.stop.set()
            await served.stopped.wait()
            assert loop.time() - before < 2
            assert await ending == []
