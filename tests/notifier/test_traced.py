"""An alert's trace goes on to whom it is delivered, and each attempt is told of."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.alert import Alert
from schemas.topics import DELIVERIES
from services.notifier.config import parse
from services.notifier.notification import Delivered, Outcome, TryAgain
from services.notifier.sending import Sender
from services.notifier.service import Service
from services.notifier.setup import Setup, setup
from services.notifier.store import Batch, Heard, Store
from services.records import Delivery, Outgoing
from services.records import alert as record_of
from services.tracing import context
from services.tracing.context import TRACEPARENT
from services.tracing.spans import UNTOLD, Spans
from tests.builders import ref
from tests.notifier.builders import alert, seconds
from tests.notifier.recording import Recording
from tests.notifier.test_store import CONFIG
from tests.spans import HOSTILE, OTHER, SAMPLED, SPAN_ID, TRACE_ID, UNSAMPLED, Collected
from tests.spans import parent_id as parent
from tests.spans import trace_id as trace


@pytest.fixture
def store(engine: Engine) -> Store:
    found = Store(engine, setup(parse(CONFIG)))
    found.begin({0: 0})
    return found


def take_in(store: Store, *given: tuple[Alert, str | None]) -> None:
    heard = tuple(Heard(n, one, record_of(one).value, said) for n, (one, said) in enumerate(given))
    store.take_in([Batch(0, 0, len(heard), heard)], seconds(0))


async def attempt(
    store: Store, spans: Spans, answer: Outcome | None = None, at: float = 0
) -> Recording:
    channel = Recording(lambda _n: answer or Delivered())
    sender = Sender(store, "duty", "one", channel, lambda: seconds(at), spans=spans)
    assert await sender.step()
    return channel


async def test_where_nobody_collects_a_receiver_gets_the_context_of_the_alert(store: Store) -> None:
    take_in(store, (alert(), SAMPLED))
    channel = await attempt(store, UNTOLD)
    assert [n.trace for n in channel.got] == [SAMPLED]


async def test_each_attempt_is_told_of_and_the_receiver_goes_on_with_it(store: Store) -> None:
    take_in(store, (alert(), SAMPLED))
    found = Collected()
    first = await attempt(store, found.spans, TryAgain("the receiver answered 503 Gone fishing"))
    second = await attempt(store, found.spans, at=900)
    failed, delivered = found.told
    for span, channel in ((failed, first), (delivered, second)):
        assert (trace(span), parent(span), span.name) == (TRACE_ID, SPAN_ID, "deliver one")
        assert channel.got[0].trace == f"00-{TRACE_ID}-{span.context.span_id:016x}-01"
    assert dict(delivered.attributes) == {
        "forewarn.notification_id": second.got[0].notification_id,
        "forewarn.receiver": "duty",
        "forewarn.channel": "one",
        "forewarn.attempt": 2,
        "forewarn.alert_ids": ("A-1",),
        "forewarn.outcome": "delivered",
    }
    assert failed.attributes["error.type"] == "status-5xx"
    assert failed.attributes["forewarn.outcome"] == "retried"
    assert "fishing" not in found.text


async def test_a_notification_of_several_alerts_is_linked_to_the_traces_of_all(
    store: Store,
) -> None:
    alerts = [alert(), alert(alert_id="A-2"), alert(alert_id="A-3"), alert(alert_id="A-4")]
    take_in(store, *zip(alerts, [None, SAMPLED, OTHER, SAMPLED], strict=True))
    found = Collected()
    await attempt(store, found.spans)
    (span,) = found.told
    assert trace(span) == TRACE_ID
    assert [f"{link.context.trace_id:032x}" for link in span.links] == ["a" * 32]
    assert span.attributes["forewarn.alert_ids"] == ("A-1", "A-2", "A-3", "A-4")


@pytest.mark.parametrize("given", [None, UNSAMPLED])
async def test_without_a_sampled_trace_nothing_is_told(store: Store, given: str | None) -> None:
    take_in(store, (alert(), given))
    found = Collected(always=True)
    channel = await attempt(store, found.spans)
    assert found.told == []
    assert [n.trace for n in channel.got] == [given]


class Topic:
    """The alerts with headers, then nothing more."""

    def __init__(self, *given: tuple[Alert, bytes]) -> None:
        self._left = [
            Delivery(
                ref=ref(n, topic="alerts"),
                key=None,
                value=record_of(one).value,
                headers=((TRACEPARENT, said),),
                at=seconds(0),
            )
            for n, (one, said) in enumerate(given)
        ]

    async def ends(self) -> dict[int, int]:
        return {0: 0}

    async def seek(self, offsets: Mapping[int, int]) -> None:
        assert offsets == {0: 0}

    async def collect(self) -> dict[int, list[Delivery]]:
        found, self._left = self._left, []
        await asyncio.sleep(0.01)
        return {0: found} if found else {}


class Kept:
    """What is published, in memory."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def publish(self, record: Outgoing) -> None:
        self.records.append(record)


@pytest.fixture
def configured() -> Setup:
    return setup(parse(CONFIG))


async def test_outcomes_are_published_with_the_context_of_the_alert_and_not_of_what_is_none(
    engine: Engine, configured: Setup
) -> None:
    published = Kept()
    topic = Topic((alert(), SAMPLED.encode()), (alert(alert_id="A-2"), HOSTILE[-1]))
    channel = Recording()
    channels: Any = {("duty", "one"): channel}
    service = Service(Store(engine, configured), topic, published, channels)
    task = asyncio.create_task(service.run(lambda: None, None))
    async with asyncio.timeout(20):
        while len(published.records) < 1:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {record.topic for record in published.records} == {DELIVERIES}
    assert {context.of(record.headers) for record in published.records} == {SAMPLED}
    assert [n.trace for n in channel.got] == [SAMPLED]
