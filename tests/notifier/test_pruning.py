"""What is let go of is asked for no more: the same is sent as if all had been kept."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, func, select, text

from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from services.ledger import database
from services.moments import utc_now
from services.notifier import outbox, pruning, tables
from services.notifier import service as service_module
from services.notifier.config import BadConfig, parse
from services.notifier.notification import Delivered
from services.notifier.place import NOTIFIER
from services.notifier.service import Service
from services.notifier.setup import setup
from services.notifier.store import Batch, Heard, Store
from services.records import alert as record_of
from tests.ledger.builders import BORDER
from tests.notifier.builders import SEGMENT, alert, ended, seconds
from tests.notifier.recording import Published, Recording, Tape

SOON = timedelta(minutes=10)
MONTH, YEARS = timedelta(days=31), timedelta(days=6 * 365)
BEAT: dict[str, Any] = {"traffic": Traffic.HEARTBEAT}
CONFIG = """
heartbeat_every = "0 seconds"
[receivers.duty]
traffic = ["actual", "heartbeat"]
channels = [{kind = "one"}, {kind = "two"}]
[receivers.head]
channels = [{kind = "one"}]
[[routes]]
receiver = "duty"
group_wait = "30 seconds"
repeat_interval = "1 hour"
continue = true
unless_acknowledged_within = "20 minutes"
then = "head"
"""


def opened(where: URL) -> Iterator[Store]:
    engine = database.connect(where, NOTIFIER)
    yield Store(engine, setup(parse(CONFIG)))
    engine.dispose()


@pytest.fixture
def store(where: URL) -> Iterator[Store]:
    for found in opened(where):
        found.begin({0: 0})
        yield found


@pytest.fixture(scope="module")
def kept() -> Iterator[Store]:
    """A notifier's database of which nothing is let go of."""
    yield from opened(URL.create("sqlite", database=":memory:"))


@pytest.fixture(scope="module")
def pruned() -> Iterator[Store]:
    """Another one, which is pruned."""
    yield from opened(URL.create("sqlite", database=":memory:"))


def take_in(store: Store, one: Alert, moment: datetime) -> datetime | None:
    (at,) = store.offsets().values()
    heard = Heard(at, one, record_of(one).value)
    return store.take_in([Batch(0, at, at + 1, (heard,))], moment)


def deliver(store: Store, receiver: str, channel: str, moment: datetime) -> None:
    with database.writing(store.engine) as connection:
        while (item := outbox.due(connection, receiver, channel, moment)) is not None:
            outbox.record(connection, item, Delivered(), moment)


def prune(store: Store, moment: datetime, keep_for: timedelta = SOON) -> int:
    gone = 0
    with database.writing(store.engine) as connection:
        while found := pruning.prune(connection, moment, keep_for):
            gone += found
    return gone


def counts(engine: Engine) -> dict[str, int]:
    with database.reading(engine) as connection:
        return {
            table.name.removeprefix("notifier_"): connection.scalar(
                select(func.count()).select_from(table)
            )
            or 0
            for table in (tables.outbox, tables.transitions, tables.alerts, tables.told)
        }


def notifications(store: Store) -> dict[tuple[str, str], bytes]:
    with database.reading(store.engine) as connection:
        rows = connection.execute(select(tables.outbox)).all()
    return {(row.notification_id, row.channel): row.content for row in rows}


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[datetime, Alert]]:
    """Draw alerts as a worker tells of them, those of a segment one after the other, and when.

    Then some come again, as from a worker that died, and some that are over are corrected.
    """
    found: list[tuple[datetime, Alert]] = []
    for place in (BORDER, SEGMENT):
        traffic, after = draw(st.sampled_from([Traffic.ACTUAL, Traffic.HEARTBEAT])), 0
        for number in range(draw(st.integers(1, 2))):
            after += draw(st.integers(1, 4000))
            name: dict[str, Any] = {
                "alert_id": f"{place}:{number}",
                "segment_id": place,
                "traffic": traffic,
                "opened_at": seconds(after),
            }
            last = draw(st.integers(2, 4))
            for sequence in range(1, last + 1):
                made = ended if sequence == last else alert
                found.append((seconds(after), made(sequence, after, **name)))
                after += draw(st.integers(1, 3000))
            if traffic is Traffic.ACTUAL and draw(st.booleans()):
                later = after + draw(st.integers(0, 9000))
                fields = {"transition": Transition.CORRECTED, "level": Level.NORMAL}
                corrected = alert(last + 1, later, **name | fields)
                found.append((seconds(later), corrected))
    repeats = [
        (at + timedelta(seconds=draw(st.integers(0, 20_000))), one)
        for at, one in found
        if draw(st.booleans())
    ]
    return sorted([*found, *repeats], key=lambda pair: (pair[0], pair[1].sequence))


def sent(
    store: Store, log: Sequence[tuple[datetime, Alert]], *, lets_go: bool, slow: bool
) -> dict[tuple[str, str], bytes]:
    """Return every notification that a log leads to; ``slow``: one channel never takes any."""
    store.clear()
    store.begin({0: 0})
    found: dict[tuple[str, str], bytes] = {}
    next_at: datetime | None = None

    def done(moment: datetime) -> None:
        before = len(found)
        found.update(notifications(store))
        for receiver, channel in store.setup.places if len(found) > before else ():
            if not (slow and channel == "two"):
                deliver(store, receiver, channel, moment)
        if lets_go:
            prune(store, moment)

    end = log[-1][0] + timedelta(hours=6)
    for at, one in [*log, (end, None)]:
        while next_at is not None and next_at <= at:
            moment, next_at = next_at, store.settle(next_at)
            done(moment)
        if one is not None:
            next_at = take_in(store, one, at)
        done(at)
    return found


@settings(max_examples=15)
@given(log=logs(), slow=st.booleans())
def test_the_same_is_sent_as_if_nothing_had_been_let_go_of(
    kept: Store, pruned: Store, log: list[tuple[datetime, Alert]], slow: bool
) -> None:
    wanted = sent(kept, log, lets_go=False, slow=slow)
    assert sent(pruned, log, lets_go=True, slow=slow) == wanted
    # What is still to be sent can be: all that it shows is there.
    if slow:
        deliver(pruned, "duty", "two", log[-1][0] + YEARS)
    assert counts(kept.engine)["outbox"] == len(wanted)
    assert counts(pruned.engine)["outbox"] < len(wanted)


def lived(store: Store, *deliveries: str, **fields: Any) -> None:
    """Tell of an alert that is raised and over; deliver it by some channels."""
    take_in(store, alert(1, 0, opened_at=seconds(0), **fields), seconds(0))
    for after in (30, 60, 330):
        store.settle(seconds(after))
        if after == 60:
            take_in(store, ended(2, 60, opened_at=seconds(0), **fields), seconds(60))
    store.settle(seconds(700))
    for channel in deliveries:
        deliver(store, "duty", channel, seconds(700))


def test_what_is_settled_is_gone_after_its_time_and_who_was_told_is_known_for_corrections(
    store: Store,
) -> None:
    lived(store, "one", "two")
    before = counts(store.engine)
    assert before == {"outbox": 4, "transitions": 2, "alerts": 1, "told": 1}
    store.prune(seconds(700) + timedelta(days=29))
    assert counts(store.engine) == before
    while store.prune(seconds(700) + MONTH):
        pass
    assert counts(store.engine) == {"outbox": 0, "transitions": 0, "alerts": 1, "told": 1}
    correction = alert(3, 900, transition=Transition.CORRECTED, level=Level.NORMAL)
    take_in(store, correction, seconds(900) + MONTH)
    store.settle(seconds(2000) + MONTH)
    assert counts(store.engine)["outbox"] == 2
    deliver(store, "duty", "one", seconds(2000) + MONTH)
    deliver(store, "duty", "two", seconds(2000) + MONTH)
    while store.prune(seconds(2000) + YEARS):
        pass
    assert counts(store.engine) == {"outbox": 0, "transitions": 0, "alerts": 0, "told": 0}


def test_what_is_still_to_be_sent_is_never_let_go_of(store: Store) -> None:
    lived(store, "one")
    while store.prune(seconds(700) + YEARS):
        pass
    assert counts(store.engine)["outbox"] == 2
    shown = []
    with database.writing(store.engine) as connection:
        while (item := outbox.due(connection, "duty", "two", seconds(700) + YEARS)) is not None:
            shown += [a.transition for a in item.notification.alerts]
            outbox.record(connection, item, Delivered(), seconds(700) + YEARS)
        # Nor is an outcome that its topic does not have yet.
        assert len(outbox.unreported(connection, 99)) == 4
    assert shown == [Transition.RAISED, Transition.RESOLVED]


def test_what_is_open_is_never_let_go_of(store: Store) -> None:
    take_in(store, alert(), seconds(0))
    store.settle(seconds(30))
    for channel in ("one", "two"):
        deliver(store, "duty", channel, seconds(30))
    while store.prune(seconds(30) + YEARS):
        pass
    assert counts(store.engine) == {"outbox": 0, "transitions": 1, "alerts": 1, "told": 1}


def test_heartbeats_are_let_go_of_whole_and_not_told_when_they_come_again(store: Store) -> None:
    lived(store, "one", "two", **BEAT)
    while store.prune(seconds(700) + MONTH):
        pass
    assert counts(store.engine) == dict.fromkeys(("outbox", "transitions", "alerts", "told"), 0)
    for one in (alert(1, 0, **BEAT), ended(2, 60, **BEAT)):
        take_in(store, one, seconds(900) + MONTH)
    store.settle(seconds(2000) + MONTH)
    assert counts(store.engine)["outbox"] == 0
    later: dict[str, Any] = {"alert_id": "A-2", "opened_at": seconds(2000) + MONTH, **BEAT}
    take_in(store, alert(1, **later), seconds(2000) + MONTH)
    store.settle(seconds(2100) + MONTH)
    assert counts(store.engine)["outbox"] == 2


def test_what_an_earlier_schema_holds_is_kept_for_as_long_as_if_it_were_heard_of_now(
    store: Store, where: URL
) -> None:
    lived(store, "one", "two", **BEAT)
    with database.writing(store.engine) as connection:
        for statement in (
            "DROP INDEX ix_notifier_alerts_traffic_heard_at",
            "ALTER TABLE notifier_alerts DROP COLUMN traffic",
            "ALTER TABLE notifier_alerts DROP COLUMN heard_at",
            "ALTER TABLE notifier_transitions DROP COLUMN trace",
            "UPDATE notifier_version SET version_num = '0001'",
        ):
            connection.execute(text(statement))
    store.engine.dispose()
    for again in opened(where):
        again.prune(utc_now() + timedelta(days=29))
        assert counts(again.engine)["alerts"] == 1
        while again.prune(utc_now() + YEARS):
            pass
        assert counts(again.engine)["alerts"] == 0


def test_it_is_let_go_of_a_little_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MOST", 3)
    lived(store, "one", "two")
    left = []
    while store.prune(seconds(700) + YEARS):
        left.append(counts(store.engine)["outbox"])
    assert left == [1, 0]


async def test_a_notifier_lets_go_of_what_is_old_as_it_runs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "PRUNE_S", 0.05)
    moment = seconds(700)
    lived(store, "one", "two")
    with database.writing(store.engine) as connection:
        outbox.reported(connection, range(9))
    places = {place: Recording() for place in store.setup.places}
    source, published = Tape(tmp_path / "tape"), Published(tmp_path / "out")
    service = Service(store, source, published, places, lambda: moment)
    store.begin({0: 0})
    task = asyncio.create_task(service.run(lambda: None, None))
    try:
        await asyncio.sleep(0.5)
        assert counts(store.engine)["outbox"] == 4
        moment = seconds(700) + YEARS
        async with asyncio.timeout(20):
            while counts(store.engine)["alerts"]:
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert all(one.got == [] for one in places.values())


def test_what_is_settled_is_kept_longer_than_it_is_tried() -> None:
    with pytest.raises(BadConfig, match=r"keep_for: found '2 days'"):
        parse('keep_for = "2 days"' + CONFIG)
