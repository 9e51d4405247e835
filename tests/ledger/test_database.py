"""The schema, its migrations, and how the database is named."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Column, Engine, Integer, MetaData, text

from services.ledger import database, tables
from services.ledger.database import LedgerUnavailable
from services.ledger.migrate import SchemaDiffers
from services.settings import Ledger, Settings

SECRET = "s3cret"


def test_the_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    assert differences(engine, tables.metadata) == []


def test_a_column_that_no_migration_makes_is_noticed(engine: Engine) -> None:
    other = MetaData()
    for table in tables.metadata.sorted_tables:
        table.to_metadata(other)
    other.tables["alerts"].append_column(Column("new", Integer))
    assert len(differences(engine, other)) == 1


def differences(engine: Engine, expected: MetaData) -> list[object]:
    with database.reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        found: list[object] = compare_metadata(context, expected)
        return found


def test_opening_again_changes_nothing(where: URL, engine: Engine) -> None:
    database.connect(where).dispose()
    assert differences(engine, tables.metadata) == []


def test_two_that_open_an_empty_database_at_once_make_one_schema(where: URL) -> None:
    faults: list[Exception] = []

    def open_it() -> None:
        try:
            database.connect(where).dispose()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    where: URL, engine: Engine
) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaDiffers, match=r"'9999', from a newer Forewarn.*up to '0003'") as told:
        database.connect(where)
    assert "Upgrade Forewarn" in str(told.value)
    with database.reading(engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_who_only_reads_makes_no_ledger(where: URL) -> None:
    with pytest.raises(LedgerUnavailable, match="forewarn ledger run"):
        database.connect(where, create=False)
    if where.get_backend_name() == "sqlite":
        assert not Path(str(where.database)).exists()


def settings(url: str | None, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, ledger=Ledger.model_validate({"url": url}))


def test_the_ledger_is_a_file_in_the_data_folder_unless_a_url_is_set(tmp_path: Path) -> None:
    assert database.url(settings(None, tmp_path)).database == str(tmp_path / "ledger.sqlite")


def test_a_password_is_used_but_not_shown(tmp_path: Path) -> None:
    given = settings(f"postgresql://u:{SECRET}@h:5/d", tmp_path)
    found = database.url(given)
    assert (found.drivername, found.password) == ("postgresql+psycopg", SECRET)
    assert SECRET not in database.shown(found) + repr(given)


@pytest.mark.parametrize(
    ("url", "fault"),
    [(f"{SECRET}@h", "not the URL of a database"), (f"mysql://u:{SECRET}@h/d", "'mysql'")],
)
def test_a_url_that_cannot_be_used_is_refused_with_an_example(
    url: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerUnavailable, match=fault) as told:
        database.url(settings(url, tmp_path))
    assert "FOREWARN_LEDGER__URL" in str(told.value)
    assert "postgresql://user:password@host/database" in str(told.value)
    assert SECRET not in str(told.value)


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    nobody = database.url(settings(f"postgresql://u:{SECRET}@127.0.0.1:1/d", tmp_path))
    with pytest.raises(LedgerUnavailable, match=r"127\.0\.0\.1:1.*FOREWARN_LEDGER__URL") as told:
        database.connect(nobody)
    assert SECRET not in str(told.value)


def test_many_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def open_it(where: URL) -> None:
        try:
            database.connect(where).dispose()
        except BaseException as error:
            faults.append(error)

    for number in range(20):
        where = URL.create("sqlite", database=str(tmp_path / f"{number}.sqlite"))
        threads = [threading.Thread(target=open_it, args=(where,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not faults
