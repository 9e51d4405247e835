"""The log that a ledger holds is verified as the cluster's is."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.engine import Engine
from models.escalation.registry import newest
from schemas.topics import OBSERVATIONS
from services.composition import engine as decisions
from services.composition import registry
from services.ledger import database, tables
from services.ledger.queries import Queries
from services.ledger.store import Store
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.risk.handlers import Assessing
from services.settings import Kafka, Settings
from services.terminal import Terminal
from services.truth import command
from tests.ledger.builders import Tape
from tests.models import copied

SILENT = Terminal(quiet=True)


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


async def test_what_each_model_said_is_verified_with_that_model(settings: Settings) -> None:
    models, now = registry(settings), datetime.now(UTC)
    copied(settings.models / "other-1", thresholds={"watch": 1e-9})
    copied(settings.models / "other-2")
    tape, half = Tape(), len(read(case())) // 2
    log = Switching(decisions(settings), 1, tape.take)
    models.promote("other-1", now, shadow="other-2")
    promoted = decisions(settings)

    async def switch(*_: object) -> None:
        log.reports += 1
        if log.reports == half:
            log.use(promoted)

    await drive(events(case(), read(case())), log, on_report=switch)
    store = database.connect(database.url(settings))
    tape.feed(Store(store))
    said = {a.model_version for a in Queries(store).assessments("KGZ-TJK-050-02")}
    assert said == {newest().name, "other-1"}

    verdict = await command.verify_ledger(settings, SILENT)
    assert (verdict.first, dict(verdict.unrecalled)) == (None, {})
    models.undo(now)
    assert (await command.verify_ledger(settings, SILENT)).first is None

    shutil.rmtree(settings.models / "other-1")
    verdict = await command.verify_ledger(settings, SILENT)
    assert verdict.first is not None, "what another model said is not what the log says now"
    ((why, count),) = verdict.unrecalled.items()
    assert "model 'other-1' is neither" in why
    assert count > 100
    store.dispose()


class Switching(MemoryLog):
    """A log whose worker is started again with another model."""

    reports = 0

    def use(self, engine: Engine) -> None:
        """Let ``engine`` decide from here on."""
        _, table = self._agents[OBSERVATIONS]
        self._agents[OBSERVATIONS] = (Assessing(engine), table)
