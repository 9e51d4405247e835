"""The whole way on a real broker: a report, the worker, the notifier, the channel, the outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.delivery import Delivery, DeliveryOutcome
from schemas.incident import Traffic
from schemas.segment import Segment
from schemas.topics import DELIVERIES
from schemas.versions import decode
from services import records
from services.borders import load_segments
from services.local.stack import stack
from services.log import reader
from services.moments import utc_now
from services.notifier import place, wire
from services.notifier.config import parse
from services.notifier.heartbeat import Heart
from services.notifier.notification import Channel
from services.notifier.service import notify
from services.notifier.setup import setup
from services.notifier.store import Store
from services.settings import Settings
from tests.builders import event, report
from tests.notifier.recording import Recording

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONFIG = """
heartbeat_every = "4 seconds"
heartbeat_patience = "3 seconds"
[receivers.duty]
channels = [{kind = "duty"}]
[receivers.watch]
traffic = ["heartbeat"]
channels = [{kind = "watch"}]
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
"""


class RecordingWays:
    """Channels that remember, one a kind."""

    def __init__(self) -> None:
        self.of: dict[str, Recording] = {"duty": Recording(), "watch": Recording()}

    def read(self, given: Mapping[str, Any], where: str) -> Any:
        """Return the kind."""
        return given["kind"] if where else None

    def build(self, config: Any, segments: Mapping[str, Segment]) -> Channel:
        """Return the channel of that kind."""
        assert segments
        return self.of[config]


@asynccontextmanager
async def notifying(settings: Settings, ways: RecordingWays) -> AsyncIterator[wire.Publisher]:
    """Notify for as long as the context lasts."""
    segments = {s.segment_id: s for s in load_segments(settings.borders, settings.segment_km)}
    engine = place.opened(settings, create=True)
    store = Store(engine, setup(parse(CONFIG)))
    async with wire.connected(settings.kafka) as (source, publisher):
        parts = settings.kafka.partitions
        heart = Heart(store, publisher, segments[min(segments)], parts, utc_now)
        work = notify(store, source, publisher, ways, segments, print, heart)
        task = asyncio.create_task(work)
        try:
            yield publisher
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            engine.dispose()


async def until(true: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.1)


async def outcomes(settings: Settings) -> list[Delivery]:
    async with reader(settings.kafka) as log:
        batches = [b async for b in log.read(DELIVERIES, await log.ends(DELIVERIES))]
    return [decode(DELIVERIES, r.value or b"") for batch in batches for r in batch]


async def test_a_report_and_the_heartbeats_reach_the_receivers_and_are_missed_without_a_worker(
    settings: Settings,
) -> None:
    ways = RecordingWays()
    duty, watch = ways.of["duty"], ways.of["watch"]
    async with stack(settings, None, print) as running:
        # Before it works no heartbeat is answered: the first would count as missed.
        await until(lambda: "works" in running.worker_log.read_text())
        async with notifying(settings, ways) as publisher:
            await until(lambda: len(watch.got) >= 3)
            moment = datetime.now(UTC).replace(microsecond=0)
            await publisher.publish(records.incident(event(report(start=moment), moment)))
            await until(lambda: bool(duty.got))
    told = [a for n in watch.got for a in n.alerts]
    assert {a.traffic for a in told} == {Traffic.HEARTBEAT}
    assert {"raised", "resolved"} <= {a.transition.value for a in told}
    assert not any(a.alert_id.endswith("heartbeat-way") for a in told)
    assert [a.traffic for n in duty.got for a in n.alerts] == [Traffic.ACTUAL]
    # No worker runs any more: what was told stays told, and nothing comes back.
    before = len(duty.got)
    async with notifying(settings, ways):
        await until(lambda: watch.got[-1].alerts[-1].alert_id.endswith("heartbeat-way"))
        await asyncio.sleep(1)
    assert len(duty.got) == before
    found = await outcomes(settings)
    sent = {n.notification_id for n in (*duty.got, *watch.got)}
    assert {d.notification_id for d in found if d.outcome is DeliveryOutcome.DELIVERED} == sent
    assert {d.outcome for d in found} == {DeliveryOutcome.DELIVERED}
