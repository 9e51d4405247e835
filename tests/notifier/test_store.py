"""What is taken in is told once, with its place, whatever breaks in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Engine, delete, insert, select, update
from structlog.testing import capture_logs

from models.domain.notifying import stages
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.delivery import Delivery
from schemas.topics import DELIVERIES
from schemas.versions import decode
from services.ledger import database
from services.moments import Clock, utc_now
from services.notifier import closed, outbox, tables
from services.notifier import store as store_module
from services.notifier.config import parse
from services.notifier.lock import alone
from services.notifier.notification import Delivered, GivenUp, Notification, Outcome, TryAgain
from services.notifier.place import NOTIFIER, reread
from services.notifier.sending import Sender, sent
from services.notifier.service import Service
from services.notifier.setup import Setup, setup
from services.notifier.store import Batch, Heard, Outrun, Store
from services.records import alert as record_of
from tests.builders import NOON
from tests.ledger.builders import BORDER
from tests.notifier.builders import alert, ended, seconds
from tests.notifier.recording import Published, Recording, Tape, write

CONFIG = """
heartbeat_every = "0 seconds"
send_timeout = "1 second"
[receivers.duty]
channels = [{kind = "one"}, {kind = "two"}]
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
group_interval = "1 second"
repeat_interval = "never"
"""


@pytest.fixture
def configured() -> Setup:
    return setup(parse(CONFIG))


@pytest.fixture
def store(engine: Engine, configured: Setup) -> Store:
    found = Store(engine, configured)
    found.begin({0: 0})
    return found


def batch(start: int, *alerts: Alert) -> list[Batch]:
    heard = tuple(Heard(start + n, one, record_of(one).value) for n, one in enumerate(alerts))
    return [Batch(0, start, start + len(alerts), heard)]


def rows(engine: Engine) -> dict[str, list[Any]]:
    with database.reading(engine) as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in tables.metadata.sorted_tables
        }


def told(engine: Engine) -> list[Delivery]:
    with database.reading(engine) as connection:
        return [decode(DELIVERIES, r.value) for r in outbox.unreported(connection, 99)]


def reports(engine: Engine) -> list[tuple[str, str, int]]:
    return [(d.channel, d.outcome.value, d.attempt) for d in told(engine)]


def test_the_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    with database.reading(engine) as connection:
        options = {"compare_server_default": True, "version_table": "notifier_version"}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, tables.metadata)
    # The table of the versions belongs to nobody's metadata.
    assert [f for f in found if getattr(f[1], "name", "") != "notifier_version"] == []


def test_the_ledger_and_the_notifier_share_a_database(where: URL) -> None:
    for kind in (database.LEDGER, NOTIFIER, database.LEDGER, NOTIFIER):
        database.connect(where, kind).dispose()


def test_what_is_heard_is_put_into_the_outbox_of_every_channel(
    store: Store, engine: Engine
) -> None:
    assert store.take_in(batch(0, alert()), seconds(0)) is None
    found = rows(engine)["notifier_outbox"]
    assert [(r.receiver, r.channel, r.state) for r in found] == [
        ("duty", "one", "pending"),
        ("duty", "two", "pending"),
    ]
    assert store.offsets() == {0: 1}


class Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", ["outbox.add", "desks.save", "outbox.keep_back"])
def test_alerts_and_place_and_outbox_are_written_together_or_not_at_all(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    before = rows(engine)
    module, name = at.split(".")

    def fail(*_arguments: Any) -> Any:
        raise Crash

    monkeypatch.setattr(getattr(store_module, module), name, fail)
    with pytest.raises(Crash):
        store.take_in(batch(0, alert()), seconds(0))
    assert rows(engine) == before
    monkeypatch.undo()
    store.take_in(batch(0, alert()), seconds(0))
    assert len(rows(engine)["notifier_outbox"]) == 2


def test_a_batch_that_was_taken_in_is_refused(store: Store, engine: Engine) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    once = rows(engine)
    with pytest.raises(Outrun, match="not at offset 0"):
        store.take_in(batch(0, alert()), seconds(5))
    assert rows(engine) == once


def test_an_alert_that_is_published_again_is_told_once(store: Store, engine: Engine) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    store.take_in(batch(1, alert()), seconds(60))
    assert len(rows(engine)["notifier_outbox"]) == 2


def test_groups_and_their_timers_outlive_the_process(engine: Engine) -> None:
    patient = CONFIG.replace('group_wait = "0 seconds"', 'group_wait = "30 seconds"')
    first = Store(engine, setup(parse(patient)))
    first.begin({0: 0})
    assert first.take_in(batch(0, alert()), seconds(0)) == seconds(30)
    second = Store(engine, setup(parse(patient)))
    assert second.settle(seconds(29)) == seconds(30)
    second.settle(seconds(30))
    assert len(rows(engine)["notifier_outbox"]) == 2


def test_what_another_notifier_did_meanwhile_is_known_before_anything_is_told(
    engine: Engine,
) -> None:
    patient = setup(parse(CONFIG.replace('group_wait = "0 seconds"', 'group_wait = "30 seconds"')))
    one, other = Store(engine, patient), Store(engine, patient)
    one.begin({0: 0})
    one.take_in(batch(0, alert()), seconds(0))
    other.take_in(batch(1, alert(alert_id="A-2", after=5)), seconds(5))
    one.settle(seconds(30))
    assert other.settle(seconds(30)) is None
    shows = [orjson.loads(row.content)["shows"] for row in rows(engine)["notifier_outbox"]]
    assert shows == [[["A-1", 1], ["A-2", 1]]] * 2


def test_a_database_that_forgot_what_it_had_confirmed_is_believed(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    before = rows(engine)
    store.take_in(batch(1, alert(alert_id="A-2", border_id="B")), seconds(60))
    put_back(engine, before)
    assert store.settle(seconds(90)) is None
    assert rows(engine)["notifier_outbox"] == before["notifier_outbox"]
    store.take_in(batch(1, alert(alert_id="A-2", border_id="B")), seconds(120))
    assert len(rows(engine)["notifier_outbox"]) == 4


def put_back(engine: Engine, before: dict[str, list[Any]]) -> None:
    """Let the database hold what it held, as one that loses its last transactions does."""
    with database.writing(engine) as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(delete(table))
            if found := [dict(row._mapping) for row in before[table.name]]:
                connection.execute(insert(table), found)


def test_a_correction_of_what_has_long_been_over_reaches_who_was_told(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    store.take_in(batch(1, ended(2, 60)), seconds(60))
    store.settle(seconds(120))
    corrected = ended(3, 180, transition=Transition.CORRECTED)
    store.take_in(batch(2, corrected), seconds(180))
    shows = [orjson.loads(row.content)["shows"] for row in rows(engine)["notifier_outbox"]]
    assert shows.count([["A-1", 3]]) == 2


def test_what_was_over_before_the_first_start_is_not_told(
    engine: Engine, configured: Setup
) -> None:
    store = Store(engine, configured)
    store.begin({0: 4})
    store.take_in(batch(0, alert(), ended(2, 1), alert(alert_id="A-2")), seconds(100))
    assert rows(engine)["notifier_outbox"] == []
    store.take_in(batch(3, alert(2, 2, alert_id="A-2"), alert(alert_id="A-3")), seconds(100))
    shows = orjson.loads(rows(engine)["notifier_outbox"][0].content)["shows"]
    assert shows == [["A-2", 2], ["A-3", 1]]


def test_what_is_inhibited_or_silenced_is_reported_without_an_attempt(
    store: Store, engine: Engine
) -> None:
    whole = alert(alert_id="B", segment_id=BORDER, level=Level.CRITICAL)
    quiet = alert(alert_id="S", border_id="KGZ-UZB", silenced_until=seconds(900))
    store.take_in(batch(0, whole, alert(), quiet), seconds(0))
    assert sorted(reports(engine)) == [("*", "inhibited", 0), ("*", "silenced", 0)]


def sender(store: Store, answer: Outcome, name: str = "one", at: float = 0) -> Sender:
    channel = Recording(lambda _n: answer)
    return Sender(store, "duty", name, channel, lambda: seconds(at))


async def test_an_attempt_that_fails_is_made_again_by_the_schedule_and_then_given_up(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    moment, ids = seconds(0), set()
    channel = Recording(lambda _n: TryAgain("busy"))
    one = Sender(store, "duty", "one", channel, lambda: moment)
    while await one.step():
        ids.add(channel.got[-1].notification_id)
        with database.reading(engine) as connection:
            moment = outbox.next_due(connection, "duty", "one") or moment
    assert (len(channel.got), len(ids)) == (10, 1)
    assert timedelta(days=3) < moment - seconds(0) < timedelta(days=3.5)
    assert [outcome for _, outcome, _ in reports(engine)] == ["retried"] * 9 + ["failed"]
    assert [attempt for _, _, attempt in reports(engine)] == list(range(1, 11))


async def test_what_a_later_transition_has_overtaken_is_not_sent_after_it(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    await failing(store, until=400)
    store.take_in(batch(1, ended(2, 450)), seconds(450))
    channel = Recording()
    assert await Sender(store, "duty", "one", channel, lambda: seconds(450)).step()
    assert not await Sender(store, "duty", "one", channel, lambda: seconds(9000)).step()
    assert channel.shown == [[("A-1", 2)]]
    assert [(outcome, attempt) for _, outcome, attempt in reports(engine)[-2:]] == [
        ("delivered", 1),
        ("delivered", 0),
    ]
    assert "overtaken" in str(told(engine)[-1].reason)
    sent_again(engine, but=channel.got[0].notification_id)
    assert await Sender(store, "duty", "one", channel, lambda: seconds(9001)).step()
    assert channel.shown[1:] == [[("A-1", 1)]], "who asks for it gets it"


async def test_what_nothing_has_overtaken_goes_on_without_the_rest(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert(), alert(alert_id="A-2")), seconds(0))
    whole = await failing(store, until=400)
    assert [(a.alert_id, a.sequence) for a in whole.alerts] == [("A-1", 1), ("A-2", 1)]
    store.take_in(batch(2, ended(2, 450)), seconds(450))
    channel = Recording()
    assert await Sender(store, "duty", "one", channel, lambda: seconds(450)).step()
    assert await Sender(store, "duty", "one", channel, lambda: seconds(9000)).step()
    assert not await Sender(store, "duty", "one", channel, lambda: seconds(9000)).step()
    assert channel.shown == [[("A-1", 2)], [("A-2", 1)]]
    assert channel.got[1].notification_id != whole.notification_id, "an id has one content"
    refs = [(ref.alert_id, ref.sequence) for d in told(engine)[-3:] for ref in d.alerts]
    assert refs == [("A-1", 2), ("A-1", 1), ("A-2", 1)]


async def failing(store: Store, until: float) -> Notification:
    """Let every attempt fail that is made by then; return what was to be sent."""
    channel, moment = Recording(lambda _n: TryAgain("busy")), seconds(0)
    one = Sender(store, "duty", "one", channel, lambda: moment)
    while moment < seconds(until):
        await one.step()
        with database.reading(store.engine) as connection:
            moment = outbox.next_due(connection, "duty", "one") or moment
    return channel.got[-1]


def sent_again(engine: Engine, but: str) -> None:
    """Let another one be sent again, as ``forewarn notifier redeliver`` does."""
    box, now = tables.outbox, seconds(9000)
    times = {"created_at": now, "next_attempt_at": now}
    fields = {"state": outbox.PENDING, "attempts": 0, **times}
    with database.writing(engine) as connection:
        changed = update(box).where(box.c.channel == "one", box.c.notification_id != but)
        assert connection.execute(changed.values(fields)).rowcount == 1


async def test_what_a_clock_that_ran_ahead_put_into_the_outbox_is_sent_at_once(
    store: Store,
) -> None:
    store.take_in(batch(0, alert(1, 21_600), alert(alert_id="A-2")), seconds(21_600))
    store.take_in(batch(2, ended(2, 21_700)), seconds(21_700))
    channel = Recording()
    sender = Sender(store, "duty", "one", channel, lambda: seconds(10))
    assert not await sender.step()
    store.settle(seconds(10))
    while await sender.step():
        pass
    assert channel.shown == [[("A-1", 1), ("A-2", 1)], [("A-1", 2)]], "in their order"


async def test_what_a_clock_that_ran_ahead_tried_in_vain_is_not_sent_after_what_followed(
    store: Store,
) -> None:
    store.take_in(batch(0, alert(1, 3600)), seconds(3600))
    refused = Recording(lambda _n: TryAgain("busy"))
    assert await Sender(store, "duty", "one", refused, lambda: seconds(3600)).step()
    store.take_in(batch(1, ended(2, 10)), seconds(10))
    store.settle(seconds(11))
    channel = Recording()
    sender = Sender(store, "duty", "one", channel, lambda: seconds(11))
    while await sender.step():
        pass
    assert channel.shown == [[("A-1", 1)], [("A-1", 2)]], "in their order, and at once"


def test_an_outcome_that_names_more_than_a_record_may_is_reported_in_parts(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_NAMED", 2)
    many = [alert(n, 0.001 * n) for n in range(1, 6)]
    store.take_in(batch(0, *many), seconds(1))
    assert asyncio.run(sender(store, Delivered(), at=1).step())
    named = [[ref.sequence for ref in one.alerts] for one in told(engine)]
    assert named == [[1, 2], [3, 4], [5]]
    assert len({(one.notification_id, one.attempt) for one in told(engine)}) == 1


async def test_what_is_told_in_parts_is_sent_in_their_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "MOST_SHOWN", 1)
    names = [f"A-{n}" for n in range(8)]
    store.take_in(batch(0, *(alert(alert_id=name) for name in names)), seconds(0))
    channel = Recording()
    sender = Sender(store, "duty", "one", channel, lambda: seconds(1))
    while await sender.step():
        pass
    assert channel.shown == [[(name, 1)] for name in names]


async def test_no_attempt_is_waited_for_longer_than_any_is(store: Store) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    ahead = seconds(0) + timedelta(days=400)
    refused = Recording(lambda _n: TryAgain("busy"))
    assert await Sender(store, "duty", "one", refused, lambda: ahead).step()
    channel = Recording()
    sender = Sender(store, "duty", "one", channel, lambda: seconds(10))
    assert not await sender.step()
    store.settle(seconds(10))
    assert await sender.step()


async def test_a_channel_that_wants_nothing_more_is_left_alone_until_it_is_enabled(
    store: Store, engine: Engine
) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    assert await sender(store, GivenUp("gone", disable=True)).step()
    store.take_in(batch(1, alert(2, 100)), seconds(100))
    after = sender(store, Delivered(), at=100)
    assert not await after.step()
    assert await sender(store, Delivered(), "two", 100).step()
    assert reports(engine) == [
        ("one", "failed", 1),
        ("one", "disabled", 0),
        ("two", "delivered", 1),
    ]


async def test_a_channel_does_not_inherit_that_another_of_its_name_wanted_nothing_more(
    store: Store, engine: Engine
) -> None:
    store.settle(seconds(0), anew=True)
    store.take_in(batch(0, alert()), seconds(0))
    assert await sender(store, GivenUp("gone", disable=True)).step()
    store.settle(seconds(1), anew=True)
    with database.reading(engine) as connection:
        assert closed.every(connection) == {("duty", "one")}, "it is the same one"
    other = Store(engine, setup(parse(CONFIG.replace('{kind = "one"}', '{kind = "one", n = 2}'))))
    other.settle(seconds(2), anew=True)
    with database.reading(engine) as connection:
        assert closed.every(connection) == set()
    other.take_in(batch(1, alert(2, 100)), seconds(100))
    assert await sender(other, Delivered(), at=100).step()


def test_what_waits_for_a_channel_that_is_gone_is_given_up(store: Store, engine: Engine) -> None:
    store.take_in(batch(0, alert()), seconds(0))
    fewer = CONFIG.replace('{kind = "one"}, {kind = "two"}', '{kind = "two"}')
    Store(engine, setup(parse(fewer))).settle(seconds(60), anew=True)
    found = rows(engine)["notifier_outbox"]
    assert [(r.channel, r.state) for r in found] == [("one", "failed"), ("two", "pending")]
    assert reports(engine) == [("one", "failed", 0)]
    # Nothing more comes of it, whatever becomes of the configuration.
    store.settle(seconds(120), anew=True)
    assert rows(engine)["notifier_outbox"] == found


async def test_whatever_a_channel_does_there_is_an_outcome_in_time() -> None:
    class Stubborn(Recording):
        async def send(self, notification: Notification) -> Outcome:  # noqa: ARG002
            for _ in range(3):
                try:
                    await asyncio.sleep(0.5)
                except asyncio.CancelledError:
                    continue
            return Delivered()

    class Broken(Recording):
        async def send(self, notification: Notification) -> Outcome:  # noqa: ARG002
            raise ValueError("https://user:s3cret@host")

    told = Notification("ntf_1", "duty", alert().traffic, {}, (alert(),))
    with capture_logs() as said:
        assert await sent(Broken(), told, timedelta(seconds=1)) == TryAgain(
            "the channel failed: ValueError"
        )
    assert "s3cret" not in str(said)
    began = asyncio.get_running_loop().time()
    outcome = await sent(Stubborn(), told, timedelta(seconds=0.1))
    assert outcome == TryAgain("no answer within 0.1 s")
    assert asyncio.get_running_loop().time() - began < 0.4
    await asyncio.sleep(2)


@asynccontextmanager
async def running(
    store: Store,
    tape: Path,
    published: Published,
    channels: dict[tuple[str, str], Any],
    clock: Clock = utc_now,
) -> AsyncIterator[None]:
    service = Service(store, Tape(tape), published, channels, clock)
    task = asyncio.create_task(service.run(lambda: None, None))
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Any, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.02)


class Hanging(Recording):
    async def send(self, notification: Notification) -> Outcome:  # noqa: ARG002
        await asyncio.sleep(3600)
        return Delivered()


async def test_a_channel_that_hangs_holds_up_no_other(
    engine: Engine, configured: Setup, tmp_path: Path
) -> None:
    store, tape, published = (
        Store(engine, configured),
        tmp_path / "tape",
        Published(tmp_path / "out"),
    )
    quick = Recording()
    channels = {("duty", "one"): Hanging(), ("duty", "two"): quick}
    async with running(store, tape, published, channels):
        await until(lambda: store.offsets())
        for number in range(5):
            write(tape, alert(alert_id=f"A-{number}", border_id=f"B-{number}"))
        await until(lambda: len(quick.got) == 5, 10)
        await until(lambda: len(published.of("deliveries")) >= 5)


async def test_what_was_taken_in_without_word_of_it_is_told_in_time(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(engine, setup(parse(CONFIG.replace('wait = "0 s', 'wait = "1 s'))))
    take_in = store.take_in
    doubts = iter([True])

    def in_doubt(batches: Sequence[Batch], moment: datetime) -> datetime | None:
        found = take_in(batches, moment)
        if next(doubts, False):
            raise Outrun
        return found

    monkeypatch.setattr(store, "take_in", in_doubt)
    channel = Recording()
    channels = {("duty", "one"): channel, ("duty", "two"): Recording()}
    tape = tmp_path / "tape"
    async with running(store, tape, Published(tmp_path / "out"), channels):
        await until(lambda: store.offsets())
        # Who hears of an alert late does not wait for others: this one is of now.
        write(tape, alert(after=(utc_now() - NOON).total_seconds()))
        await until(lambda: channel.shown == [[("A-1", 1)]], 10)


async def test_a_clock_that_is_set_right_is_noticed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.service.LOOK_S", 0.1)
    store = Store(engine, setup(parse(CONFIG)))
    shown = [seconds(21_600)]
    channel = Recording()
    channels = {("duty", "one"): channel, ("duty", "two"): Recording()}
    tape, published = tmp_path / "tape", Published(tmp_path / "out")
    # As a broker refuses what comes from the future.
    published.refuses = True
    async with running(store, tape, published, channels, lambda: shown[-1]):
        await until(lambda: store.offsets())
        write(tape, alert())
        await until(lambda: channel.shown == [[("A-1", 1)]])
        write(tape, alert(2, 1))
        await asyncio.sleep(0.3)
        assert len(channel.got) == 1, "it waits for its turn, which does not come"
        shown.append(seconds(10))
        await asyncio.sleep(0.3)
        shown.append(seconds(12))
        await until(lambda: channel.shown[1:] == [[("A-1", 2)]])
        published.refuses = False
        await until(lambda: len(published.of("deliveries")) == 4)
        assert max(published.times) <= shown[-1]


async def test_outcomes_reach_their_topic_once_it_takes_them(
    engine: Engine, configured: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.service.LOOK_S", 0.1)
    store, tape, published = (
        Store(engine, configured),
        tmp_path / "tape",
        Published(tmp_path / "out"),
    )
    published.refuses = True
    channels = {("duty", "one"): Recording(), ("duty", "two"): Recording()}
    async with running(store, tape, published, channels):
        await until(lambda: store.offsets())
        write(tape, alert())
        await until(lambda: len(reports(engine)) == 2)
        await asyncio.sleep(0.3)
        assert published.of("deliveries") == []
        published.refuses = False
        await until(lambda: len(published.of("deliveries")) == 2)
        await until(lambda: reports(engine) == [])


async def test_a_second_notifier_waits_until_the_first_has_ended(where: URL) -> None:
    engines: Sequence[Engine] = [database.connect(where, NOTIFIER) for _ in range(2)]
    said: list[str] = []
    order: list[str] = []

    async def second() -> None:
        async with alone(engines[1], said.append):
            order.append("second")

    async with alone(engines[0], said.append) as check:
        task = asyncio.create_task(second())
        await until(lambda: bool(said))
        check()
        order.append("first")
    async with asyncio.timeout(10):
        await task
    assert order == ["first", "second"]
    assert said == [
        "another notifier works on this database: waiting until it ends; Ctrl-C ends the waiting"
    ]
    for engine in engines:
        engine.dispose()


def test_a_log_that_is_read_again_tells_what_was_never_heard_and_nothing_else(
    store: Store, engine: Engine
) -> None:
    first, over = alert(), ended(after=30)
    store.take_in(batch(0, first), seconds(0))
    told = rows(engine)[tables.outbox.name]
    assert told
    # The same alerts elsewhere, the end of one among them.
    reread(engine, partitions=2)
    store.begin({0: 1, 1: 2})
    here = [Batch(1, 0, 2, tuple(batch(0, first, over)[0].heard))]
    store.take_in(here, seconds(60))
    new = [row for row in rows(engine)[tables.outbox.name] if row not in told]
    assert {row.notification_id for row in new}.isdisjoint(row.notification_id for row in told)
    assert len(new) == len(told)
    assert store.offsets() == {0: 0, 1: 2}
