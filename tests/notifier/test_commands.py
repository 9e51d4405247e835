"""``forewarn notifier pending``, ``redeliver`` and ``enable`` as an operator meets them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine
from typer.testing import CliRunner, Result

from services.ledger import database
from services.ledger.database import NoLedger
from services.moments import utc_now
from services.notifier import cli, closed, outbox
from services.notifier.command import NotThere
from services.notifier.config import parse
from services.notifier.notification import Delivered, GivenUp, Outcome, TryAgain
from services.notifier.setup import setup
from services.notifier.store import Batch, Heard, Store
from services.records import alert as record_of
from tests.notifier.builders import alert, seconds

CONFIG = """
[receivers.duty]
channels = [{kind = "one"}, {kind = "two"}]
[[routes]]
receiver = "duty"
group_wait = "0 seconds"
"""


@pytest.fixture(autouse=True)
def configured(where: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands find the database of the test."""
    monkeypatch.setenv("FOREWARN_NOTIFIER__URL", where.render_as_string(hide_password=False))
    monkeypatch.setattr(cli.console, "width", 200)


@pytest.fixture
def told(engine: Engine) -> str:
    """The id of a notification on two channels that nobody has sent yet."""
    store = Store(engine, setup(parse(CONFIG)))
    store.begin({0: 0})
    one = alert()
    store.take_in([Batch(0, 0, 1, (Heard(0, one, record_of(one).value),))], seconds(0))
    with database.reading(engine) as connection:
        item = outbox.due(connection, "duty", "one", seconds(0))
    assert item is not None
    return item.notification.notification_id


def tried(engine: Engine, channel: str, outcome: Outcome) -> None:
    with database.writing(engine) as connection:
        item = outbox.due(connection, "duty", channel, utc_now())
        assert item is not None
        outbox.record(connection, item, outcome, seconds(5))


def asked(*arguments: str) -> Result:
    found = CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found


def rows(output: str, name: str) -> list[list[str]]:
    """Return the lines of a table that begin with ``name``, cell by cell."""
    cells = ([c.strip() for c in row.split("│")[1:-1]] for row in output.splitlines())
    return [row for row in cells if row and row[0] == name]


def test_what_waits_and_what_was_given_up_is_listed_with_its_reason(
    told: str, engine: Engine
) -> None:
    tried(engine, "one", TryAgain("busy"))
    tried(engine, "two", GivenUp("cannot be read"))
    assert rows(asked("pending").output, told) == [
        [told, "duty", "one", "pending", "1", "2021-04-29 12:00:10", "busy"],
        [told, "duty", "two", "failed", "1", "", "cannot be read"],
    ]


def test_what_was_delivered_is_not_listed(told: str, engine: Engine) -> None:
    for channel in ("one", "two"):
        tried(engine, channel, Delivered())
    assert told not in asked("pending").output
    assert "nothing is waiting, and nothing was given up" in asked("pending").output


def test_what_was_given_up_is_sent_again_under_its_id_on_every_channel(
    told: str, engine: Engine
) -> None:
    tried(engine, "one", GivenUp("cannot be read"))
    tried(engine, "two", Delivered())
    assert f"{told}: to be sent again on 2 channel(s)" in asked("redeliver", told).output
    now = utc_now() + timedelta(seconds=1)
    with database.reading(engine) as connection:
        found = [outbox.due(connection, "duty", channel, now) for channel in ("one", "two")]
    assert [(i.notification.notification_id, i.attempts) for i in found if i] == [(told, 0)] * 2


@pytest.mark.usefixtures("engine")
def test_an_id_that_is_not_there_is_refused_with_where_to_look(told: str) -> None:
    with pytest.raises(NotThere) as refused:
        asked("redeliver", f"{told[:-1]}x")
    message = str(refused.value)
    assert message.startswith(f"notification '{told[:-1]}x': there is none of that id")
    assert f"did you mean {told!r}?" in message
    assert message.endswith("forewarn notifier pending")


def test_a_disabled_receiver_is_enabled_and_what_it_missed_can_be_sent_again(
    told: str, engine: Engine
) -> None:
    tried(engine, "one", GivenUp("410 Gone", disable=True))
    tried(engine, "two", Delivered())
    assert ": duty, one: 410 Gone" in asked("pending").output
    asked("redeliver", told)
    with database.writing(engine) as connection:
        item = outbox.due(connection, "duty", "one", utc_now())
        assert item is not None
        assert closed.is_closed(connection, ("duty", "one"))
        outbox.pass_over(connection, item, utc_now())
    said = asked("enable", "duty").output.splitlines()
    assert said == [
        "duty: enabled; 1 notifications were not sent meanwhile",
        f"  forewarn notifier redeliver {told}",
    ]
    with database.reading(engine) as connection:
        assert not closed.is_closed(connection, ("duty", "one"))


def test_a_receiver_that_is_not_disabled_is_refused_with_those_that_are(
    told: str, engine: Engine
) -> None:
    with pytest.raises(NotThere, match="found 'duty'; expected a receiver with disabled channels"):
        asked("enable", "duty")
    tried(engine, "one", GivenUp(f"gone {told}", disable=True))
    with pytest.raises(NotThere, match=r"found 'duti'.*: duty; did you mean 'duty'\?"):
        asked("enable", "duti")


def test_without_a_database_it_says_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_NOTIFIER__URL", f"sqlite:///{tmp_path}/none.sqlite")
    for command in (("pending",), ("redeliver", "ntf_1"), ("enable", "duty")):
        with pytest.raises(NoLedger, match="forewarn notifier run"):
            asked(*command)
    assert not (tmp_path / "none.sqlite").exists()
