"""A running worker that is fed garbage stops, says why, and leaves the rest where it is."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from services import topics
from services.local.stack import stack
from services.risk.ending import DATA_AT_FAULT
from services.settings import Settings
from tests.builders import raw, report
from tests.integration.test_main_job import publish, read_back

pytestmark = pytest.mark.asyncio(loop_scope="session")


def limited(settings: Settings, share: float) -> Settings:
    worker = settings.worker.model_copy(update={"reject_share": share, "reject_window": 20})
    return settings.model_copy(update={"worker": worker})


async def committed(settings: Settings, partition: int) -> int | None:
    """Return up to which offset of ``incidents`` the worker's group is done."""
    consumer = AIOKafkaConsumer(
        **settings.kafka.client_options(), group_id=settings.worker.group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        name = topics.name(INCIDENTS, settings.kafka)
        found: int | None = await consumer.committed(TopicPartition(name, partition))
        return found
    finally:
        await consumer.stop()


async def test_a_worker_fed_only_garbage_stops_and_one_with_a_higher_limit_goes_on_from_there(
    settings: Settings,
) -> None:
    good = raw(report(start=datetime.now(UTC)))
    async with stack(limited(settings, 0.5), None, print) as running:
        messages: list[tuple[bytes | None, bytes]] = [(b"I-1", b"garbage")] * 40
        written = await publish(settings, [*messages, (b"I-1", good)])
        assert await asyncio.wait_for(running.worker.wait(), 30) == DATA_AT_FAULT
        said = running.worker_log.read_text()
    ((partition, _),) = {(p, 0) for p, _ in written}
    # Faust may still be about to write that the worker has started.
    found = [line for line in said.splitlines()[-2:] if line.startswith("error: ")]
    assert len(found) == 1, said
    assert found[0].startswith("error: 10 of the last 10 records were rejected (10 not-json)"), said
    assert "FOREWARN_WORKER__REJECT_SHARE" in found[0]
    # What it rejected is done, once; what comes after has not been touched.
    assert await committed(settings, partition) == 10
    rejected = await read_back(settings, REJECTED, 10)
    assert [r.value.record.offset for r in rejected] == list(range(10))

    async with stack(limited(settings, 1.0), None, print) as running:
        (observation,) = await read_back(settings, OBSERVATIONS, 1)
        rejected = await read_back(settings, REJECTED, 40)
    assert observation.value.cause.offset == 40
    assert [r.value.record.offset for r in rejected] == list(range(40))
    assert {r.value.reason for r in rejected} == {RejectReason.NOT_JSON}
