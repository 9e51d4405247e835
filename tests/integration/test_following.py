"""A reader that comes back again and again, to gateways of which one dies, misses nothing."""

import asyncio
import os
import random
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from httpx_sse import EventSource

from schemas.alert import Alert
from schemas.event import AlertEvent
from services.ports import free_port
from services.settings import Settings
from tests.builders import at
from tests.gateway.follow.written import told
from tests.integration.gateways import Publisher, gateway, ledger, publishing

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECONNECTS = int(os.environ.get("FOREWARN_TEST_RECONNECTS", "40"))
SEGMENTS = range(1, 8)
EACH = 4
"""Alerts that are published each time the reader comes back."""

SILENCE_S = 0.25
"""After how long without an alert the reader leaves [s]."""


class Replay:
    """Publishes alerts on several segments, and some again: as a worker that died."""

    def __init__(self, publisher: Publisher, chance: random.Random) -> None:
        self.said: dict[str, int] = defaultdict(int)
        self._publisher, self._chance = publisher, chance
        self._last: list[Alert] = []

    async def more(self) -> None:
        """Publish what comes next."""
        new = list(self._next())
        again = self._last if self._chance.random() < 0.3 else []
        await self._publisher.publish([*again, *new])
        self._last = new

    def _next(self) -> Iterator[Alert]:
        for _ in range(EACH):
            one = told(1, self._chance.choice(SEGMENTS))
            self.said[one.segment_id] += 1
            sequence = self.said[one.segment_id]
            yield told(sequence, int(one.segment_id[-2:]), at(sequence))


class Follower:
    """Takes some alerts, and keeps the id of the last, as a browser does."""

    def __init__(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        self.taken: dict[str, list[int]] = defaultdict(list)
        self.last = ""
        self._client, self._chance = client, chance

    async def come(self, base: str, most: int, silence: float = SILENCE_S) -> None:
        """Connect, take at most so many alerts, and leave."""
        headers = {"Last-Event-ID": self.last} if self.last else {}
        where = f"{base}/v1/alerts/stream?since=beginning"
        async with self._client.stream("GET", where, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            events = EventSource(answer).aiter_sse()
            while most:
                try:
                    async with asyncio.timeout(silence):
                        event = await anext(events)
                except (TimeoutError, StopAsyncIteration):
                    return
                self.last = event.id
                if not event.data:
                    # By the standard that is no event; this library gives it all the same.
                    continue
                most -= 1
                alert = AlertEvent.model_validate_json(event.data).data
                self.taken[alert.segment_id].append(alert.sequence)


async def test_a_reader_that_comes_back_sees_each_alert_exactly_once_and_in_order(
    settings: Settings,
) -> None:
    chance = random.Random(7)
    own = settings.gateway.model_copy(update={"heartbeat": timedelta(seconds=1)})
    settings = settings.model_copy(update={"gateway": own})
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(publishing(settings))
        await stack.enter_async_context(ledger(settings))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=20))
        first = await stack.enter_async_context(gateway(settings, "first", ports[0]))
        second = await stack.enter_async_context(gateway(settings, "second", ports[1]))
        replay, follower = Replay(publisher, chance), Follower(client, chance)
        restarted = False
        for number in range(RECONNECTS):
            await replay.more()
            if number == RECONNECTS // 2:
                os.kill(first.pid, signal.SIGKILL)
                restarting = asyncio.ensure_future(
                    stack.enter_async_context(gateway(settings, "again", ports[0]))
                )
            try:
                await follower.come((first, second)[number % 2].base, chance.randint(0, 9))
            except httpx.TransportError:
                assert number >= RECONNECTS // 2
                assert not restarting.done(), "only the one that was killed does not answer"
        restarted = (await restarting).pid != first.pid
        expected = {s: list(range(1, count + 1)) for s, count in replay.said.items()}
        total = sum(replay.said.values())
        async with asyncio.timeout(30):
            while sum(map(len, follower.taken.values())) < total:
                await follower.come(first.base, total)
        # Nothing more comes.
        await follower.come(second.base, 1, 1.0)
    assert follower.taken == expected
    assert restarted
    print(f"{RECONNECTS} reconnects, {total} alerts, each once and in order")
