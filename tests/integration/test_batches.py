"""Batches on a real broker: nothing lost, nothing counted twice, whatever happens in the middle."""

import asyncio
import itertools
import os
import signal
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from aiokafka import AIOKafkaProducer

from services.local.broker import Broker, BrokerKind
from services.settings import Kafka
from tests.conftest import kind_under_test
from tests.integration.lab import PARTITIONS, Lab, Step, until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        kind_under_test() is not BrokerKind.KAFKA,
        reason="Tansu tells no group's offsets in a form that aiokafka reads",
    ),
]

_numbers = itertools.count()
KILLS = int(os.environ.get("FOREWARN_TEST_KILLS", "3"))
"""How often a worker is killed; more with ``make chaos``."""


@pytest.fixture
async def lab(broker: Broker, tmp_path: Path) -> Lab:
    kafka = Kafka(bootstrap_servers=broker.bootstrap, partitions=PARTITIONS)
    found = Lab(kafka, f"lab{next(_numbers)}", tmp_path)
    await found.make()
    return found


async def whole(lab: Lab, count: int) -> Counter[str]:
    """Check that all records were seen and counted once; return how often each was published."""
    published = Counter(await lab.published())
    assert set(published) == {f"{at}:{n}" for at in range(PARTITIONS) for n in range(count)}
    each = {f"{at}-{n}": count // 20 for at in range(PARTITIONS) for n in range(20)}
    assert await lab.counts() == each
    return published


async def test_a_fetch_is_one_event_and_its_end_is_committed(lab: Lab) -> None:
    await lab.fill(400)
    async with lab.probe() as probe:
        await lab.all_done()
    taken = probe.at("taken")
    assert len(taken) < 20
    assert sum(len(step.offsets) for step in taken) == 2 * 400
    assert set((await whole(lab, 400)).values()) == {1}
    # What is done is not read again.
    async with lab.probe() as again:
        await lab.fill(20)
        await lab.all_done()
    assert sorted(n for step in again.at("taken") for n in step.offsets) == sorted(
        2 * list(range(400, 420))
    )


async def test_a_worker_killed_between_any_two_steps_loses_nothing_and_counts_nothing_twice(
    lab: Lab,
) -> None:
    await lab.fill(400)
    random = Random(KILLS)
    # Between reading, publishing, keeping the states, and acknowledging before the next batch.
    places = itertools.cycle([("published", 1), ("kept", 2), ("taken", 3)])
    for at, number in itertools.islice(places, KILLS):
        more = random.randrange(KILLS // 3)
        async with lab.probe(records=30, die_at=at, die_in=number + more) as probe:
            code = await asyncio.wait_for(probe.process.wait(), 30)
        if code != -signal.SIGKILL:
            pytest.fail(probe.log.read_text())
        await lab.fill(400)
    async with lab.probe(records=30):
        await lab.all_done()
    published = await whole(lab, 400 * (KILLS + 1))
    assert max(published.values()) > 1, "what was in hand is done again"


async def test_partitions_that_change_hands_in_mid_batch_are_counted_once(lab: Lab) -> None:
    await lab.fill(400)
    # Slow enough for something to be left once the second has started.
    async with lab.probe(records=20, pause=0.5) as first:
        await until(lambda: seen(first.at("taken")))
        async with lab.probe(records=20, pause=0.1) as second:
            await until(lambda: seen(second.at("kept")))
            os.kill(first.process.pid, signal.SIGTERM)
            assert await asyncio.wait_for(first.process.wait(), 20) == 0
            await lab.all_done()
    published = await whole(lab, 400)
    assert set(published.values()) == {1}, "in order, nobody does anything twice"


async def seen(steps: list[Step]) -> bool:
    return len(steps) >= 2


async def test_a_worker_told_to_stop_finishes_its_batch_and_the_next_goes_on_after_it(
    lab: Lab,
) -> None:
    await lab.fill(200)
    async with lab.probe(records=20, pause=0.5) as probe:
        await until(lambda: seen(probe.at("taken")))
    assert probe.process.returncode == 0
    assert len(probe.at("kept")) == len(probe.at("taken"))
    done: dict[int, int] = {}
    for step in probe.at("kept"):
        done[step.partition] = step.end
    assert [offset or 0 for offset in await lab.committed()] == [done.get(n, 0) for n in (0, 1)]
    async with lab.probe(records=20):
        await lab.all_done()
    assert set((await whole(lab, 200)).values()) == {1}


async def test_offsets_that_are_no_records_are_passed(lab: Lab) -> None:
    servers = lab.kafka.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id=lab.name)
    await producer.start()
    async with lab.probe() as probe:
        for n in range(3):
            # Each transaction ends with a marker that takes an offset.
            async with producer.transaction():
                for at in range(PARTITIONS):
                    await producer.send(f"{lab.name}-source", b"v", key=b"k%d" % n, partition=at)
        await producer.stop()
        await lab.fill(1)
        await lab.all_done()
    offsets = [n for step in probe.at("taken") for n in step.offsets]
    assert sorted(offsets) == sorted(2 * [0, 2, 4, 6])


async def test_what_is_no_record_at_the_end_of_a_partition_counts_as_done(lab: Lab) -> None:
    servers = lab.kafka.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id=lab.name)
    await producer.start()
    for whole in (True, False):
        await producer.begin_transaction()
        for at in range(PARTITIONS):
            await producer.send_and_wait(f"{lab.name}-source", b"v", partition=at)
        async with lab.probe() as probe:
            # The records are read without the marker that ends their transaction.
            await until(lambda: seen(probe.at("kept")))
            if whole:
                await producer.commit_transaction()
                await lab.all_done()
        if not whole:
            await producer.commit_transaction()
    await producer.stop()
    # Of the second transaction the next one finds the marker alone.
    async with lab.probe() as probe:
        await lab.all_done()
    assert probe.at("taken") == []


async def test_a_single_record_is_handled_at_once_and_a_tombstone_like_any_other(lab: Lab) -> None:
    async with lab.probe() as probe:
        await lab.fill(1)
        await until(lambda: seen(probe.at("kept")))
        loop, waits = asyncio.get_running_loop(), []
        producer = AIOKafkaProducer(bootstrap_servers=lab.kafka.bootstrap_servers)
        await producer.start()
        for n in range(1, 11):
            await producer.send_and_wait(f"{lab.name}-source", None, key=b"0-0", partition=0)
            start = loop.time()
            while not any(step.partition == 0 and step.end == n + 1 for step in probe.at("kept")):
                assert loop.time() < start + 5
                await asyncio.sleep(0.002)
            waits.append(loop.time() - start)
        await producer.stop()
        await lab.all_done()
    assert sorted(waits)[5] < 0.1, waits
