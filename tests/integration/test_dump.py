"""A log that was dumped and loaded is the same log, also when it has more partitions."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import ALERTS, INCIDENTS, OBSERVATIONS, REJECTED, TOPICS
from schemas.versions import decode
from services import clients, topics
from services.composition import engine
from services.dump import moves
from services.dump.dump import dump
from services.dump.load import NotEmpty, load
from services.local.broker import BrokerKind
from services.local.stack import stack
from services.log import reader
from services.records import Delivery
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.kafka_log import KafkaLog
from services.risk.tables import SEGMENTS_TABLE
from services.settings import Settings
from services.truth import group
from tests.builders import raw, report
from tests.conftest import kind_under_test
from tests.integration.conftest import Start
from tests.integration.test_commands import SEGMENT
from tests.integration.test_delivery import APRIL_2021
from tests.integration.test_truth import table, verified

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        kind_under_test() is BrokerKind.TANSU,
        reason="Tansu does not number its producers, and forgets what is loaded",
    ),
]


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


def elsewhere(settings: Settings, name: str, partitions: int) -> Settings:
    """Return the settings of another log on the same broker."""
    prefix = f"{settings.kafka.topic_prefix}{name}."
    kafka = {"topic_prefix": prefix, "partitions": partitions}
    worker = {"group": f"{prefix}risk"}
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update=kafka),
            "worker": settings.worker.model_copy(update=worker),
        }
    )


def lasting(states: Mapping[bytes, bytes]) -> set[bytes]:
    """Return the keys of states, but for days of the segment on which a report of today waits.

    Once a worker has handled it, days of five years ago are gone from that segment.
    """
    return {key for key in states if not key.startswith(SEGMENT.encode() + b"|20")}


async def send(settings: Settings, value: bytes | None, key: bytes | None) -> None:
    """Send a record to `incidents`, where every producer puts its key."""
    async with clients.producer(settings.kafka) as producer:
        await producer.send_and_wait(topics.name(INCIDENTS, settings.kafka), value, key=key)


async def log_of(settings: Settings) -> dict[str, list[Delivery]]:
    """Return all records of each topic, partition by partition."""
    found: dict[str, list[Delivery]] = {}
    async with reader(settings.kafka) as log:
        for topic in TOPICS:
            ends = dict(sorted((await log.ends(topic)).items()))
            found[topic.name] = [r async for batch in log.read(topic, ends) for r in batch]
    return found


async def in_a_transaction(settings: Settings, key: bytes, value: bytes) -> None:
    """Send a record in a transaction, whose end takes an offset and is no record."""
    options = settings.kafka.client_options() | {"transactional_id": settings.worker.group}
    producer = AIOKafkaProducer(**options)
    await producer.start()
    async with producer.transaction():
        await producer.send(topics.name(INCIDENTS, settings.kafka), value, key=key)
    await producer.stop()


async def handled(settings: Settings) -> None:
    """Return once the workers have come to the end of what they read."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 60
    while left := await behind(settings):
        assert loop.time() < deadline, left
        await asyncio.sleep(0.2)


async def behind(settings: Settings) -> list[tuple[str, int, int, int]]:
    """Return the partitions that workers are not through with: how far they are, and its end."""
    come = await group.committed(settings.kafka, settings.worker.group)
    async with reader(settings.kafka) as log:
        return [
            (topic.name, partition, at, end)
            for topic in group.READ
            for partition, end in (await log.ends(topic)).items()
            if (at := come.get(topic.name, {}).get(partition, 0)) < end
        ]


def told(log: dict[str, list[Delivery]]) -> dict[str, list[bytes]]:
    """Return the transitions of each segment's alerts, without the places that they name."""
    found = defaultdict[str, list[bytes]](list)
    for record in log[ALERTS.name]:
        assert record.key is not None
        found[record.key.decode()].append(moves._REF.sub(b"", record.value or b""))
    return dict(found)


async def test_a_dump_is_loaded_as_it_was_and_shared_out_over_more_partitions(
    settings: Settings, start: Start, tmp_path: Path
) -> None:
    async with start():
        async with KafkaLog(engine(settings), settings.kafka) as log:
            told_of = [e for e in events(case(), read(case())) if e.data.incident_id in APRIL_2021]
            await drive(told_of, log)
        await handled(settings)
        made = await dump(settings, tmp_path / "whole", quiet)
        was = await log_of(settings)
    states = await table(settings, SEGMENTS_TABLE)
    # What nobody has handled yet: a gap, before it what cannot be read, behind it a report.
    await in_a_transaction(settings, b"I-1", b"no report")
    await send(settings, raw(report()), b"I-1")

    same = elsewhere(settings, "same", settings.kafka.partitions)
    assert (await load(same, tmp_path / "whole", quiet)) == made
    assert await log_of(same) == was
    assert made.records == sum(map(len, was.values()))
    with pytest.raises(NotEmpty, match=r"records; a dump is loaded into empty topics alone"):
        await load(same, tmp_path / "whole", quiet)
    resumed = await group.committed(same.kafka, same.worker.group)
    come_to = {t: {n: at for n, at in come.items() if at} for t, come in resumed.items()}
    # Of what nobody had read anything of, a group says nothing before it is told.
    assert {topic: come for topic, come in come_to.items() if come} == made.committed

    grown = elsewhere(settings, "grown", 2 * settings.kafka.partitions)
    await dump(settings, tmp_path / "later", quiet)
    await load(grown, tmp_path / "later", quiet)
    is_ = await log_of(grown)
    was = await log_of(settings)
    assert told(is_) == told(was)
    async with stack(grown, None, print):
        assert lasting(await table(grown, SEGMENTS_TABLE)) == lasting(states)
        # What was known stays known: sent again it changes nothing, corrected it is corrected.
        for key in {record.key for record in was[INCIDENTS.name]} - {b"I-1"}:
            last = [r for r in was[INCIDENTS.name] if r.key == key][-1]
            await send(grown, last.value, key)
        await send(
            grown,
            raw(report(revision=2, status="corrected", status_reason="2 died", deaths=2)),
            b"I-1",
        )
        await handled(grown)
    verdict = await verified(grown)
    assert (verdict.first, verdict.pending, verdict.repeats) == (None, 0, 0)
    after = await log_of(grown)
    assert len(after[REJECTED.name]) == 1
    known = {record.value for record in is_[OBSERVATIONS.name]}
    new = [r for r in after[OBSERVATIONS.name] if r.value not in known]
    assert {decode(OBSERVATIONS, r.value or b"").effect.incident_id for r in new} == {"I-1"}
    assert len(after[OBSERVATIONS.name]) == len(known) + len(new)
