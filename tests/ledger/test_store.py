"""What is written is written once, with its offsets, whoever else is writing."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from sqlalchemy import URL, Engine, insert, select
from structlog.testing import capture_logs

from schemas.alert import Transition
from schemas.topics import ALERTS, INCIDENTS, OBSERVATIONS
from services import records
from services.ledger import database, tables
from services.ledger import store as store_module
from services.ledger.store import Outrun, Store
from tests.builders import at, report, retraction
from tests.ledger.builders import Tape, alert


def dump(engine: Engine) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with database.reading(engine) as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in tables.metadata.sorted_tables
        }


def tape() -> Tape:
    """A log with something in every topic."""
    log = Tape()
    first = log.report(report(), at(0))
    log.assess(at(0))
    log.alert(alert())
    log.report(retraction(), at(5), replaces=first)
    log.add(INCIDENTS, b"not json", at(6))
    log.tick(at(days=1))
    return log


class Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize("before", [True, False], ids=["before the rows", "after the rows"])
def test_rows_and_offsets_are_written_together_or_not_at_all(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    log = tape()
    store.begin(log.places())
    empty = dump(engine)
    insert_all = store_module._insert

    def fail(*arguments: Any) -> Any:
        if not before:
            insert_all(*arguments)
        raise Crash

    monkeypatch.setattr(store_module, "_insert", fail)
    with pytest.raises(Crash):
        log.feed(store)
    assert dump(engine) == empty
    monkeypatch.undo()
    log.feed(store)
    assert store.offsets()[INCIDENTS.name, 0] == 3
    assert store.counts()["incidents"] == 2


def test_a_batch_delivered_again_changes_nothing(store: Store, engine: Engine) -> None:
    log = tape()
    batches = log.batches(dict.fromkeys(log.places(), 0))
    store.begin(log.places())
    store.write(batches)
    once = dump(engine)
    with pytest.raises(Outrun, match="not at offset 0"):
        store.write(batches)
    assert dump(engine) == once


def test_a_batch_that_leaves_a_gap_is_refused(store: Store) -> None:
    log = tape()
    store.begin(log.places())
    with pytest.raises(Outrun):
        store.write(log.batches(dict.fromkeys(log.places(), 1)))
    assert sum(store.counts().values()) == 0


def test_two_writers_that_race_lose_and_double_nothing(where: URL) -> None:
    log = Tape()
    for n in range(120):
        log.report(report(incident_id=f"I-{n}"), at(n))
    wins, faults = [0, 0], []
    together = threading.Barrier(2)

    def write(writer: int) -> None:
        try:
            engine = database.connect(where)
            ledger = Store(engine)
            ledger.begin(log.places())
            while batches := log.batches(ledger.offsets(), most=writer + 2):
                together.wait(20)
                try:
                    ledger.write(batches)
                    wins[writer] += 1
                except Outrun:
                    pass
            together.abort()
            engine.dispose()
        except threading.BrokenBarrierError:
            engine.dispose()
        except Exception as fault:
            faults.append(fault)
            together.abort()

    threads = [threading.Thread(target=write, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    ledger = Store(engine := database.connect(where))
    assert ledger.counts()["incidents"] == ledger.counts()["observations"] == 120
    assert set(ledger.offsets().values()) == {120}
    assert sum(wins) >= 40
    engine.dispose()


def test_a_rebuild_gives_the_same_rows_and_outruns_whoever_writes(
    store: Store, engine: Engine
) -> None:
    log = tape()
    log.feed(store)
    once, late = dump(engine), log.add(OBSERVATIONS, b"{}", at(7))
    batches = log.batches(store.offsets())
    store.clear()
    assert sum(store.counts().values()) == 0
    with pytest.raises(Outrun):
        store.write(batches)
    log.records = [r for r in log.records if r.ref != late]
    log.feed(store)
    assert dump(engine) == once


def test_a_repeat_of_an_alert_is_the_same_alert(store: Store, engine: Engine) -> None:
    log = Tape()
    log.alert(alert())
    log.alert(alert())
    content = orjson.loads(records.alert(alert()).value)
    log.add(ALERTS, orjson.dumps(dict(reversed(content.items()))))
    log.feed(store)
    log.alert(alert())
    log.alert(alert(2, at(1)))
    log.feed(store)
    assert [(r.offset, r.sequence) for r in dump(engine)["alerts"]] == [(0, 1), (4, 2)]
    assert store.counts()["contradictions"] == 0
    assert store.offsets()[ALERTS.name, 0] == 5


def test_an_alert_that_contradicts_is_reported_and_stops_nothing(
    store: Store, engine: Engine
) -> None:
    log = Tape()
    log.alert(alert())
    log.feed(store)
    log.alert(alert(transition=Transition.RESOLVED))
    log.alert(alert(2, at(1)))
    with capture_logs() as said:
        log.feed(store)
    assert [(e["log_level"], e["alert_id"], e["offset"]) for e in said] == [("error", "A-1", 1)]
    rows = dump(engine)
    assert [(r.sequence, r.transition) for r in rows["alerts"]] == [(1, "raised"), (2, "raised")]
    (contradiction,) = rows["contradictions"]
    assert (contradiction.offset, contradiction.stands_offset) == (1, 0)
    assert contradiction.value == log.records[1].value


TIMES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2021, 4, 29, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2021, 4, 29, 18, 0, 0, 2, tzinfo=timezone(timedelta(hours=6))),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


def test_times_keep_their_microseconds_and_their_order(engine: Engine) -> None:
    table = tables.unreadable
    rest = {"topic": "t", "partition": 2**40, "fault": "", "value": b"\x00\xff"}
    rows = [{**rest, "offset": 2**62 + n, "recorded_at": t} for n, t in enumerate(TIMES)]
    with database.writing(engine) as connection:
        connection.execute(insert(table), rows)
    time = table.c.recorded_at
    with database.reading(engine) as connection:
        assert connection.scalars(select(time).order_by(time)).all() == TIMES
        for n, limit in enumerate(TIMES):
            until = connection.scalars(select(time).where(time <= limit).order_by(time)).all()
            assert until == TIMES[: n + 1]
            assert until[-1].utcoffset() == timedelta(0)


def test_a_time_without_an_offset_is_refused(engine: Engine) -> None:
    time = tables.incidents.c.recorded_at
    with database.reading(engine) as connection, pytest.raises(Exception, match="has no offset"):
        connection.execute(select(time).where(time <= datetime(2021, 4, 29)))  # noqa: DTZ001
