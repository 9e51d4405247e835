"""The log that a ledger holds is verified as the cluster's is."""

from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select, update

from services.composition import engine as decisions
from services.ledger import database, tables
from services.ledger.store import Store
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Kafka, Settings
from services.truth import command
from tests.ledger.builders import Tape

SILENT = Console(quiet=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(borders=("KGZ-TJK",), data_dir=tmp_path, kafka=Kafka(partitions=1))


async def test_a_ledger_of_the_case_is_verified_until_one_record_in_it_is_changed(
    settings: Settings,
) -> None:
    tape = Tape()
    await drive(events(case(), read(case())), MemoryLog(decisions(settings), 1, tape.take))
    store = database.connect(database.url(settings))
    tape.feed(Store(store))
    verdict = await command.verify_ledger(settings, SILENT)
    assert verdict.first is None
    assert verdict.records["observations"] > 1_500
    assert verdict.records["incidents"] == 36

    table = tables.assessments
    with database.writing(store) as connection:
        query = select(table).where(table.c.level == "critical").limit(1)
        row = connection.execute(query).one()
        changed = row.value.replace(b'"level":"critical"', b'"level":"watch"')
        assert changed != row.value
        connection.execute(update(table).where(table.c.offset == row.offset).values(value=changed))
    store.dispose()
    verdict = await command.verify_ledger(settings, SILENT)
    assert len(verdict.differences) == 1
    assert verdict.first is not None
    assert verdict.first.record.topic == "observations"
    assert verdict.first.record.offset == row.observation_offset


async def test_without_a_ledger_there_is_nothing_to_verify(settings: Settings) -> None:
    with pytest.raises(database.NoLedger, match="forewarn ledger run"):
        await command.verify_ledger(settings, SILENT)
    assert not await command.refill(settings, SILENT)


async def test_an_empty_ledger_is_not_verified(settings: Settings) -> None:
    database.connect(database.url(settings)).dispose()
    with pytest.raises(command.EmptyLog, match="expected a log to verify"):
        await command.verify_ledger(settings, SILENT)
