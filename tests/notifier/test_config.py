"""The configuration: what it means, and what is said of what cannot be meant."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.assessment import Level
from schemas.incident import Traffic
from services.notifier import command
from services.notifier.cli import app
from services.notifier.config import BadConfig, load, parse
from services.notifier.rehearsal import rehearse
from services.notifier.setup import setup
from services.settings import Notifier, Settings
from services.terminal import Terminal
from tests.ledger.builders import BORDER
from tests.notifier.builders import SEGMENT, alert, ended
from tests.notifier.recording import PostingWays

WHOLE = """
heartbeat_every = "5 minutes"

[receivers.duty]
traffic = ["actual", "heartbeat"]
channels = [{kind = "webhook", url = "https://a.example"}, {kind = "webhook", url = "https://b.example"}]

[receivers.head]
channels = [{kind = "webhook", url = "https://c.example"}]

[receivers.drill]
traffic = ["exercise"]
channels = [{kind = "webhook", url = "https://d.example"}]

[quiet_hours.night]
zone = "Asia/Bishkek"
days = ["mon", "tue"]
from = 22:00:00
to = 06:00:00
below = "critical"

[[routes]]
name = "batken"
receiver = "duty"
segments = ["KGZ-TJK-*"]
level = "warning"
continue = true
repeat_interval = "never"
quiet_hours = ["night"]
unless_acknowledged_within = "15m"
then = {receiver = "head", unless_acknowledged_within = "1 hour", then = "duty"}

[[routes]]
receiver = "drill"
traffic = ["exercise"]
group_by = ["segment_id"]
at_once_from = "never"
"""

SMALL = """
heartbeat_every = "0 seconds"
[receivers.duty]
channels = [{kind = "webhook", url = "https://s3cret.example"}]
[[routes]]
receiver = "duty"
"""


def settings(folder: Path, text: str) -> Settings:
    path = folder / "notifier.toml"
    path.write_text(text)
    return Settings(data_dir=folder, notifier=Notifier(config=path))


def test_a_whole_configuration_means_what_it_says() -> None:
    found = setup(parse(WHOLE))
    assert found.channels["duty"] == ("webhook", "webhook-2")
    assert found.watching == ["duty"]
    batken = found.plan.route("batken")
    assert batken is not None
    assert (batken.level, batken.goes_on, batken.repeat_interval) == (Level.WARNING, True, None)
    assert batken.unless_acknowledged_within == timedelta(minutes=15)
    assert batken.then is not None
    assert (batken.then.receiver, batken.then.group_wait) == ("head", timedelta(0))
    assert batken.then.then is not None
    assert batken.then.then.name == "batken>head>duty"
    drill = found.plan.route("drill")
    assert drill is not None
    assert (drill.at_once_from, drill.traffic) == (None, (Traffic.EXERCISE,))


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('receiver = "duty"', 'receiver = "duti"', r"routes\[0\]\.receiver.*duty.*did you mean"),
        ('receiver = "duty"', 'reciever = "duty"', r"\.reciever: .*did you mean 'receiver'"),
        ('receiver = "duty"', 'receiver = "duty"\nlevel = "bad"', r"\.level: found 'bad'"),
        (
            'receiver = "duty"',
            'receiver = "duty"\ngroup_wait = "soon"',
            r"routes\[0\]\.group_wait: found 'soon'; expected a number with its unit",
        ),
        (
            'receiver = "duty"',
            'receiver = "duty"\ngroup_interval = "0 seconds"',
            r"routes\[0\]\.group_interval",
        ),
        (
            'receiver = "duty"',
            'receiver = "duty"\nquiet_hours = ["nights"]',
            r"routes\[0\]\.quiet_hours: found 'nights'; expected a name of quiet hours: none",
        ),
        (
            'receiver = "duty"',
            'receiver = "duty"\nthen = "duty"',
            "unless_acknowledged_within and then go together",
        ),
        (
            'receiver = "duty"',
            'receiver = "duty"\nthen = "nobody"\nunless_acknowledged_within = "1m"',
            r"routes\[0\]\.then: found 'nobody'",
        ),
        (
            'receiver = "duty"',
            'receiver = "duty"\ntraffic = ["exercise"]',
            r"'exercise', which 'duty' is not marked for; add it to receivers\.duty\.traffic",
        ),
        ("[[routes]]", '[[routes]]\nreceiver = "duty"\n[[routes]]', "found 'duty' twice"),
        ('channels = [', 'chanels = [', r"receivers\.duty"),
        ('"0 seconds"', '"1 minute"', "heartbeat_patience: found .*expected less than"),
        ("[[routes]]", "[[routes]", "not TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_field_and_what_fits(
    was: str, becomes: str, said: str
) -> None:
    with pytest.raises(BadConfig, match=said) as told:
        setup(parse(SMALL.replace(was, becomes)))
    assert "s3cret" not in str(told.value)


def test_a_time_zone_that_is_none_is_refused_with_the_nearest() -> None:
    text = WHOLE.replace("Asia/Bishkek", "Asia/Bishkeck")
    with pytest.raises(BadConfig, match=r"quiet_hours\.night\.zone: .*did you mean 'Asia/Bishkek'"):
        parse(text)


def test_without_a_file_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="FOREWARN_NOTIFIER__CONFIG: expected the TOML file"):
        load(Settings(data_dir=tmp_path))
    missing = Settings(notifier=Notifier(config=tmp_path / "none.toml"))
    with pytest.raises(BadConfig, match=r"none\.toml: No such file"):
        load(missing)


def shown(work: Any) -> str:
    console = Terminal(width=200, record=True, file=io.StringIO())
    work(console)
    return console.export_text()


def test_check_shows_receivers_routes_and_who_takes_over(tmp_path: Path) -> None:
    given = settings(tmp_path, WHOLE)
    text = shown(lambda console: command.check(given, console, PostingWays()))
    for line in (
        "receiver duty: webhook, webhook-2; actual, heartbeat",
        "route batken: KGZ-TJK-*; warning or worse; actual",
        "  -> duty, and the next routes",
        "  unless acknowledged within 15 minutes -> head",
        "  unless acknowledged within 1 hour -> duty",
        "heartbeats: every 5 minutes -> duty",
    ):
        assert line in text


def test_routes_says_who_would_be_told_and_why_the_others_would_not() -> None:
    plan = setup(parse(WHOLE)).plan
    asked = dict(command.asked(plan, SEGMENT, Level.CRITICAL, Traffic.ACTUAL))
    assert (asked["batken"], asked["drill"]) == ("matched", "other-traffic")
    assert (
        dict(command.asked(plan, SEGMENT, Level.WATCH, Traffic.ACTUAL))["batken"] == "below-level"
    )
    drill = dict(command.asked(plan, BORDER, Level.WATCH, Traffic.EXERCISE))
    assert (drill["batken"], drill["drill"]) == ("other-traffic", "matched")


def test_a_rehearsal_names_the_reason_of_every_stage() -> None:
    plan = setup(parse(SMALL)).plan
    low: dict[str, Any] = {"alert_id": "low", "level": Level.WATCH}
    whole: dict[str, Any] = {"alert_id": "whole", "segment_id": BORDER}
    lines = list(rehearse(plan, [alert(**whole), alert(1, 1, **low), ended(2, 100, **whole)]))
    text = "\n".join(lines)
    assert "2021-04-29T12:00:00Z alert whole:1 raised warning (actual)" in text
    assert "route 'duty': matched" in text
    assert "kept back low:1 from duty by 'duty': inhibited by whole" in text
    assert "2021-04-29T12:00:30Z TELL duty by 'duty': due: whole:1" in text
    assert "low:1, whole:2" in text


@pytest.mark.parametrize(
    "name", ["run", "check", "routes", "dry-run", "pending", "redeliver", "enable"]
)
def test_every_command_helps_with_an_example(name: str) -> None:
    said = CliRunner().invoke(app, [name, "--help"])
    assert said.exit_code == 0
    assert "Example:" in said.output
