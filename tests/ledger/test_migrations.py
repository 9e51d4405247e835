"""A ledger that holds rows already is brought to what one that is filled anew would be."""

from pathlib import Path
from typing import Any

import orjson
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, insert, select

from schemas.incident import Incident
from schemas.observation import AssertObservation, Tick
from schemas.topics import INCIDENTS, OBSERVATIONS
from services.ledger import database, migrate, tables
from services.ledger.rows import row
from services.ledger.store import Store
from tests.builders import NOON, SEGMENT, effect, event, ref, report, retraction
from tests.contract.examples import EXAMPLES
from tests.ledger.builders import Tape

NEW = {"event_type", "sub_event_type", "own"}
"""The columns that the second migration adds."""

BINARY = tuple(
    (f"ce_{name}", value.encode())
    for name, value in {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:test",
        "type": "forewarn.incident.v1",
        "time": NOON.isoformat(),
    }.items()
)


def filled() -> Tape:
    """Return a log of every kind of record that the migration reads, in more than one batch."""
    tape = Tape()
    for n in range(1_100):
        tape.report(report(incident_id=f"I-{n}"))
    told = report(incident_id="B-1").model_dump(mode="json", exclude_defaults=True)
    # A field that no version knows has no effect, whatever it is called.
    strays: tuple[dict[str, Any], ...] = ({}, {"data": "x"}, {"data": {"event_type": "Riots"}})
    for n, stray in enumerate(strays):
        binary(tape, told | {"incident_id": f"B-{n}"} | stray)
        structured(tape, report(incident_id=f"S-{n}"), stray)
    taken_back = retraction(incident_id="I-1", revision=2)
    tape.report(taken_back, replaces=effect("I-1"))
    structured(tape, retraction(incident_id="I-2", revision=2), {"event_type": "Riots"})
    there = {"segment_id": SEGMENT, "traffic": "actual", "recorded_at": NOON, "cause": ref(0)}
    tape.add(OBSERVATIONS, AssertObservation(**there, effect=effect("N-1"), nearby_km=12.5))
    del there["cause"]
    for path in sorted((EXAMPLES / "observations" / "v1" / "valid").glob("*.json")):
        tape.add(OBSERVATIONS, path.read_bytes())
    tape.add(OBSERVATIONS, Tick(**there))
    return tape


def binary(tape: Tape, content: dict[str, Any]) -> None:
    key = content["incident_id"].encode()
    tape.add(INCIDENTS, orjson.dumps(content), key=key, headers=BINARY)


def structured(tape: Tape, said: Incident, stray: dict[str, Any]) -> None:
    content = event(said).model_dump(mode="json", exclude_defaults=True)
    content["data"] |= stray
    tape.add(INCIDENTS, orjson.dumps(content), key=said.incident_id.encode())


def as_of_the_first(where: URL, tape: Tape) -> None:
    """Make a ledger of the first schema, with the rows of a log."""
    folder = str(migrate.LEDGER.folder)
    scripts = ScriptDirectory(folder, version_locations=[folder])
    if where.get_backend_name() == "sqlite":
        Path(str(where.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(where)
    with engine.begin() as connection:
        with EnvironmentContext(
            Config(), scripts, fn=lambda at, _: list(scripts._upgrade_revs("0001", at))
        ) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
        for record in tape.records:
            made = row(record)
            assert made is not None
            assert made.table is not tables.unreadable, made.values
            kept = {name: value for name, value in made.values.items() if name not in NEW}
            connection.execute(insert(made.table), kept)
    engine.dispose()


def rows(engine: Engine) -> list[list[Any]]:
    with database.reading(engine) as connection:
        return [
            list(connection.execute(select(table).order_by(table.c.partition, table.c.offset)))
            for table in (tables.incidents, tables.observations)
        ]


def test_rows_of_the_first_schema_become_those_of_a_ledger_that_is_filled_anew(where: URL) -> None:
    tape = filled()
    as_of_the_first(where, tape)
    engine = database.connect(where)
    migrated = rows(engine)
    store = Store(engine)
    store.clear()
    tape.feed(store)

    assert migrated == rows(engine)
    engine.dispose()
    assert {r.own for r in migrated[1]} == {True, False, None}
