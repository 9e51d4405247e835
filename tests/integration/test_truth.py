"""What workers keep is what the log says, and can be made anew from it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import ALERTS, ASSESSMENTS, INCIDENTS, OBSERVATIONS
from services import clients, topics
from services.composition import engine
from services.local.broker import BrokerKind
from services.local.environment import environment
from services.local.running import WorkerDied
from services.log import reader
from services.records import Delivery, partition_of
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.kafka_log import KafkaLog
from services.risk.fence import MARK, Fence
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, VERSION, changelog, record_key
from services.settings import Settings
from services.terminal import Terminal
from services.truth import command, group
from services.truth.group import TurnLost
from services.truth.rebuild import WorkersRunning
from services.truth.rebuild import _Table as Table
from services.truth.verify import Verdict, apply
from tests.conftest import kind_under_test
from tests.integration.conftest import Start
from tests.integration.terminal import forewarn

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        kind_under_test() is BrokerKind.TANSU,
        reason="Tansu counts members that have left their group: who still works cannot be told",
    ),
]

SILENT = Terminal(quiet=True)
SESSION_S = 10
"""How long a broker waits for a word of a member [s], by aiokafka's default."""


async def send(settings: Settings, name: str, *records: tuple[bytes, bytes | None, int]) -> None:
    producer = AIOKafkaProducer(**settings.kafka.client_options())
    await producer.start()
    for key, value, partition in records:
        await producer.send_and_wait(name, value, key=key, partition=partition)
    await producer.stop()


async def table(settings: Settings, name: str) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    fence = Fence()
    topic = changelog(settings.worker.group, name)
    async with reader(settings.kafka) as log:
        async for batch in log.read(topic, await log.ends(topic)):
            apply(batch, found, fence)
    return found


async def ends(settings: Settings) -> dict[str, dict[int, int]]:
    async with reader(settings.kafka) as log:
        return {t.name: await log.ends(t) for t in (INCIDENTS, OBSERVATIONS, ASSESSMENTS, ALERTS)}


async def replay_the_case(settings: Settings) -> None:
    async with KafkaLog(engine(settings), settings.kafka) as log:
        await drive(events(case(), read(case())), log)


async def verified(settings: Settings) -> Verdict:
    return await command.verify(settings, SILENT)


def damages(kept: dict[bytes, bytes]) -> dict[bytes, bytes | None]:
    """Return changes of a table that a verification must find, each by itself."""
    segment = b"KGZ-TJK-050-02"
    day = next(key for key in kept if key.startswith(segment + b"|"))
    changed = kept[segment].replace(b",38,0,0]", b",37,0,0]")
    assert changed != kept[segment]
    return {
        segment: changed,
        day: None,
        b"KGZ-TJK": None,
        b"KGZ-TJK-050-99": kept[segment],
        b"KGZ-TJK-050-98": b"{}",
    }


async def test_what_a_worker_keeps_is_verified_lost_and_made_anew(
    settings: Settings, start: Start
) -> None:
    async with start():
        await replay_the_case(settings)
        while_running = await verified(settings)
        assert while_running.first is None
        with pytest.raises(WorkersRunning, match="stop its workers"):
            await command.remake(settings, SILENT)

    verdict = await verified(settings)
    assert verdict.first is None
    assert verdict.records[OBSERVATIONS.name] > 1_500
    assert verdict.states > 30

    kept = await table(settings, SEGMENTS_TABLE)
    changelog_name = changelog(settings.worker.group, SEGMENTS_TABLE)
    for key, value in damages(kept).items():
        at = partition_of(record_key(key), settings.kafka.partitions)
        await send(settings, changelog_name, (key, value, at))
        broken = await verified(settings)
        assert [d.subject for d in broken.differences] == [key.decode()]
        assert broken.first is not None
        assert broken.first.record.partition == at
        await send(settings, changelog_name, (key, kept.get(key), at))
    assert (await verified(settings)).first is None

    await send(settings, changelog_name, (b"KGZ-TJK", None, 0), (b"X", b"{}", 0))
    before = await ends(settings)
    code, said = await forewarn(settings, "rebuild", within_s=180)
    assert code == 0, said
    assert await table(settings, SEGMENTS_TABLE) == kept
    assert (await verified(settings)).first is None
    assert await ends(settings) == before, "nothing is published by a rebuild"
    assert await group.state_version(settings.kafka, settings.worker.group) == VERSION


async def test_who_makes_tables_keeps_its_turn_and_who_lost_it_writes_over_nothing(
    settings: Settings, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka, name = settings.kafka, settings.worker.group
    async with start():
        await replay_the_case(settings)
    kept = await table(settings, INCIDENTS_TABLE)

    others: list[subprocess.Popen[bytes]] = []
    replay, write = Table._replay, Table._write

    def slow(self: Table, batch: Sequence[Delivery]) -> None:
        if not others:
            command_line = (sys.executable, "-m", "services.cli", "rebuild")
            others.append(subprocess.Popen(command_line, env=os.environ | environment(settings)))
            time.sleep(2 * SESSION_S)
        replay(self, batch)

    async def overtaken(self: Table, *arguments: Any) -> None:
        marks = [(MARK, b"1", n) for n in range(kafka.partitions)]
        await send(settings, changelog(name, self.name), *marks)
        self._kept = dict.fromkeys(self._kept, b"{}")
        await write(self, *arguments)

    monkeypatch.setattr(Table, "_replay", slow)
    await command.remake(settings, SILENT)
    assert await asyncio.to_thread(others[0].wait, 180) == 0, "it came after"
    assert await table(settings, INCIDENTS_TABLE) == kept

    monkeypatch.setattr(Table, "_write", overtaken)
    with pytest.raises(TurnLost):
        await command.remake(settings, SILENT)
    assert await table(settings, INCIDENTS_TABLE) == kept, "what counts is what was there before"
    assert await group.state_version(kafka, name) == 0, "and must be made anew"


async def test_nobody_goes_on_in_a_log_that_lost_its_end(settings: Settings, start: Start) -> None:
    kafka, name = settings.kafka, settings.worker.group
    await topics.ensure(kafka)
    async with clients.consumer(kafka, group_id=name) as consumer:
        at = TopicPartition(topics.name(INCIDENTS, kafka), 0)
        consumer.assign([at])
        await consumer.commit({at: 5})
    wrong = "partition 0, to 5, and it ends at 0: the log lost its end"
    with pytest.raises(WorkerDied, match=wrong):
        async with start():
            pass
    code, said = await forewarn(settings, "rebuild", within_s=180)
    assert code == 2
    assert wrong in " ".join(said.split())


async def test_tables_of_an_older_build_are_made_anew_and_those_of_a_newer_one_refused(
    settings: Settings, start: Start
) -> None:
    name = settings.worker.group
    async with start():
        await replay_the_case(settings)
    kept = await table(settings, SEGMENTS_TABLE)
    assert await group.state_version(settings.kafka, name) == VERSION

    await group.set_state_version(settings.kafka, name, VERSION - 1)
    await send(settings, changelog(name, SEGMENTS_TABLE), (b"KGZ-TJK", None, 0))
    before = await ends(settings)
    async with start():
        async with asyncio.timeout(60):
            while await group.state_version(settings.kafka, name) != VERSION:
                await asyncio.sleep(0.2)
        assert await table(settings, SEGMENTS_TABLE) == kept
        assert await ends(settings) == before

    await group.set_state_version(settings.kafka, name, VERSION + 1)
    with pytest.raises(WorkerDied, match=f"has tables of version {VERSION + 1}"):
        async with start():
            pass
