"""The ledger on a real broker: everything once, whoever is killed and however many there are."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from io import StringIO
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import URL, insert, select

from schemas.topics import INCIDENTS, TOPICS
from services import topics
from services.ledger import command, database, tables
from services.ledger.follow import LogDiffers
from services.ledger.store import Store
from services.local.broker import BrokerKind
from services.local.environment import environment
from services.records import Delivery, milliseconds
from services.settings import Ledger, Settings
from services.terminal import Terminal
from tests.builders import at, report
from tests.conftest import kind_under_test
from tests.ledger.builders import Tape, alert

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORTS = 2_000


def tape() -> Tape:
    """A log of every topic, with a record of each kind that leaves no row of its own."""
    log = Tape()
    for n in range(REPORTS):
        log.report(report(incident_id=f"I-{n}"), at(n))
        log.assess(at(n))
        log.alert(alert(n + 1, at(n)))
    log.alert(alert())
    log.add(TOPICS[0], b"not json")
    log.add(TOPICS[4], b"not json")
    return log


async def produce(settings: Settings, log: Iterable[Delivery]) -> None:
    """Write the records, spread over the partitions by key."""
    await topics.ensure(settings.kafka)
    producer = AIOKafkaProducer(**settings.kafka.client_options(), linger_ms=5)
    await producer.start()
    try:
        for record in log:
            sent = await producer.send(
                settings.kafka.topic_prefix + record.ref.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                timestamp_ms=milliseconds(record.at),
            )
        await producer.flush()
        await sent
    finally:
        await producer.stop()


async def ledger(settings: Settings, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "ledger", *arguments),
        env=os.environ | environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def ended(process: asyncio.subprocess.Process) -> str:
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, said.decode()[-3000:]
    return said.decode()


def dump(where: URL) -> dict[str, list[Any]]:
    engine = database.connect(where)
    with database.reading(engine) as connection:
        found = {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in tables.metadata.sorted_tables
        }
    engine.dispose()
    return found


async def until_it_has_rows(where: URL) -> None:
    engine = database.connect(where)
    async with asyncio.timeout(60):
        while not sum(Store(engine).counts().values()):
            await asyncio.sleep(0.02)
    engine.dispose()


async def test_two_ledgers_of_which_one_is_killed_keep_everything_once(
    settings: Settings, where: URL
) -> None:
    url = where.render_as_string(hide_password=False)
    settings = settings.model_copy(update={"ledger": Ledger.model_validate({"url": url})})
    log = tape()
    await produce(settings, log.records)
    first = await ledger(settings, "run")
    await until_it_has_rows(where)
    first.send_signal(signal.SIGKILL)
    await asyncio.gather(
        ended(await ledger(settings, "run", "--until-caught-up")),
        ended(await ledger(settings, "run", "--until-caught-up")),
        first.communicate(),
    )
    once = dump(where)
    counts = {name: len(rows) for name, rows in once.items() if name in tables.OF_TOPIC}
    assert counts["incidents"] == counts["observations"] == counts["assessments"] == REPORTS
    assert {row.incident_id for row in once["incidents"]} == {f"I-{n}" for n in range(REPORTS)}
    assert len(once["alerts"]) == REPORTS
    assert (len(once["unreadable"]), len(once["contradictions"])) == (1, 0)
    assert sum(row.next_offset for row in once["offsets"]) == len(log.records)
    await command.rebuild(settings, Terminal(file=StringIO()))
    assert dump(where) == once
    await command.status(settings, screen := Terminal(file=StringIO()))
    assert behind(screen) == dict.fromkeys(tables.OF_TOPIC, "0")


def behind(screen: Terminal) -> dict[str, str]:
    """Return what ``status`` shows in its second table."""
    assert isinstance(screen.file, StringIO)
    _, lag = screen.file.getvalue().split("records behind")
    cells = [line.strip("│ ").split("│") for line in lag.splitlines() if line.startswith("│")]
    return {topic.strip(): records.strip() for topic, records in cells}


@pytest.mark.skipif(
    kind_under_test() is BrokerKind.TANSU, reason="Tansu writes no marker where a transaction ends"
)
async def test_a_transaction_that_ends_a_partition_is_caught_up_with(settings: Settings) -> None:
    await topics.ensure(settings.kafka)
    producer = AIOKafkaProducer(**settings.kafka.client_options(), transactional_id="publisher")
    await producer.start()
    async with producer.transaction():
        await producer.send(topics.name(INCIDENTS, settings.kafka), b"not json", partition=0)
    await producer.stop()
    async with asyncio.timeout(60):
        await command.run(settings, Terminal(file=StringIO()), until_caught_up=True, afresh=False)
    assert sum(row.next_offset for row in dump(database.url(settings))["offsets"]) == 2
    await command.status(settings, screen := Terminal(file=StringIO()))
    assert behind(screen) == dict.fromkeys(tables.OF_TOPIC, "0")


@pytest.mark.skipif(
    kind_under_test() is BrokerKind.TANSU, reason="Tansu answers a read past its end with nothing"
)
async def test_a_ledger_of_another_log_stops_and_says_so(settings: Settings) -> None:
    log = Tape()
    log.add(TOPICS[0], b"not json")
    await produce(settings, log.records)
    engine = database.connect(database.url(settings))
    with database.writing(engine) as connection:
        values = [
            {"topic": name, "partition": p, "next_offset": 5, "first_offset": 0}
            for name in tables.OF_TOPIC
            for p in range(settings.kafka.partitions)
        ]  # fmt: skip
        connection.execute(insert(tables.offsets), values)
    engine.dispose()
    with pytest.raises(LogDiffers, match="forewarn ledger rebuild"):
        async with asyncio.timeout(120):
            await command.run(
                settings, Terminal(file=StringIO()), until_caught_up=True, afresh=False
            )
    await command.run(settings, Terminal(file=StringIO()), until_caught_up=True, afresh=True)
    assert sum(row.next_offset for row in dump(database.url(settings))["offsets"]) == 1
