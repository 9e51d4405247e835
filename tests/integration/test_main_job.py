"""The whole way on a real broker: reports in, alerts out, nothing lost."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from schemas.rejection import Rejection, RejectReason
from schemas.topics import ALERTS, INCIDENTS, OBSERVATIONS, REJECTED, Topic
from services import topics
from services.composition import engine
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.kafka_log import KafkaLog
from services.replay.memory_log import MemoryLog
from services.settings import Settings
from services.tail import Read, tail
from tests.builders import raw, report
from tests.integration.conftest import Start

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read_back(settings: Settings, topic: Topic, count: int) -> list[Read]:
    """Return the first ``count`` records of ``topic``, failing when they do not come."""
    found: list[Read] = []
    async with asyncio.timeout(60), tail(settings.kafka, (topic,)) as feed:
        async for record in feed:
            found.append(record)
            if len(found) == count:
                return found
    raise AssertionError(found)


async def test_the_case_gives_the_same_alerts_on_the_broker_and_in_process(
    settings: Settings, start: Start
) -> None:
    entries = read(case())
    here = MemoryLog(engine(settings), settings.kafka.partitions)
    expected = await drive(events(case(), entries), here)
    async with start(), KafkaLog(engine(settings), settings.kafka) as there:
        assert await drive(events(case(), entries), there) == expected
        alerts = await read_back(settings, ALERTS, len(here.alerts))
        async with tail(settings.kafka, (ALERTS,)) as feed:
            assert sum((await feed.ends()).values()) == len(here.alerts)
    assert sorted(record.raw for record in alerts) == sorted(here.alerts)
    assert len(here.alerts) > 20


NOWHERE = {"name": "X", "latitude": 99.0, "longitude": 0.0, "precision": "exact"}
BAD: list[tuple[bytes | None, bytes, RejectReason]] = [
    (b"I-1", b"not json", RejectReason.NOT_JSON),
    (b"I-1", b"\xff\x00\xfe", RejectReason.NOT_JSON),
    (b"I-1", b"{}", RejectReason.NOT_A_CLOUDEVENT),
    (b"I-1", raw(report(), revision="one"), RejectReason.INVALID),
    (b"I-1", raw(report(), sub_event_type="Rock festival"), RejectReason.INVALID),
    (
        b"I-1",
        raw(
            report(), place={"name": "X", "latitude": 99.0, "longitude": 0.0, "precision": "exact"}
        ),
        RejectReason.INVALID,
    ),
    (b"I-1", raw(report(start=datetime(2999, 1, 1, tzinfo=UTC))), RejectReason.FROM_THE_FUTURE),
    (b"I-1", raw(report(), summary="x" * 10_000_000), RejectReason.TOO_LARGE),
    (b"I-2", raw(report()), RejectReason.KEY_MISMATCH),
    (None, raw(report()), RejectReason.KEY_MISMATCH),
    (b"I-9", raw(report(incident_id="I-9", where=(-10.0, 20.0))), RejectReason.TOO_FAR),
]


async def test_bad_records_are_kept_with_their_bytes_and_the_next_good_one_is_processed(
    settings: Settings, start: Start
) -> None:
    async with start():
        written = await publish(settings, [(key, value) for key, value, _ in BAD])
        await publish(settings, [(b"I-1", raw(report()))])
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
        rejected = await read_back(settings, REJECTED, len(BAD))
    assert observation.value.effect.incident_id == "I-1"
    found: dict[tuple[int, int], Rejection] = {
        (r.value.record.partition, r.value.record.offset): r.value for r in rejected
    }
    for place, (_, value, reason) in zip(written, BAD, strict=True):
        assert (found[place].reason, found[place].value == value) == (reason, True)
        assert found[place].record.topic == INCIDENTS.name
        assert found[place].detail


async def test_a_restarted_worker_goes_on_from_the_state_it_left(
    settings: Settings, start: Start
) -> None:
    today = datetime.now(UTC)
    async with start():
        await publish(settings, [(b"I-1", raw(report(start=today)))])
        await read_back(settings, ALERTS, 1)
    async with start():
        await publish(settings, [(b"I-1", raw(report(start=today, revision=2, deaths=3)))])
        _, corrected = await read_back(settings, ALERTS, 2)
    assert corrected.value.data.transition == "corrected"
    assert corrected.value.data.sequence == 2


async def publish(
    settings: Settings, messages: list[tuple[bytes | None, bytes]]
) -> list[tuple[int, int]]:
    """Write raw records to ``incidents``; return partition and offset of each."""
    producer = AIOKafkaProducer(
        **settings.kafka.client_options(), max_request_size=INCIDENTS.max_message_bytes
    )
    await producer.start()
    try:
        name = topics.name(INCIDENTS, settings.kafka)
        acknowledged = [await producer.send_and_wait(name, v, key=k) for k, v in messages]
        return [(a.partition, a.offset) for a in acknowledged]
    finally:
        await producer.stop()
