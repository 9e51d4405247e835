"""The last mile: the case of the demonstration, told to real receivers by a real notifier.

An exercise is replayed through a broker and a worker. The process ``forewarn notifier run`` tells
it at once to a webhook, an Alertmanager, a mail server and a folder of CAP messages.
"""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from standardwebhooks.webhooks import Webhook

from models.domain.notifying.desk import Desk
from models.domain.notifying.routes import message
from models.domain.notifying.stages import hear
from models.domain.notifying.why import Why
from schemas.alert import Alert
from schemas.delivery import Delivery, DeliveryOutcome
from schemas.incident import Traffic
from schemas.topics import ALERTS, DELIVERIES, TOPICS, Topic
from schemas.versions import decode
from services.composition import engine
from services.local.stack import stack
from services.log import reader
from services.notifier.config import load
from services.notifier.setup import setup
from services.replay.driver import drive
from services.replay.events import case, events, marked, read
from services.replay.kafka_log import KafkaLog
from services.settings import Notifier, Settings
from tests.channels.alertmanager import Alertmanager, alertmanaging
from tests.channels.canary import CANARY, KEY, keep_out
from tests.channels.mailbox import Mailbox, mailing
from tests.channels.receiver import Receiver, receiving

pytestmark = pytest.mark.asyncio(loop_scope="session")

APRIL_2021 = ("KGTJ-012", "KGTJ-013", "KGTJ-014")
"""The part of the case in which an alert is raised, escalated, corrected and resolved."""

Ref = tuple[str, int]
CHANNELS = {"webhook", "alertmanager", "apprise", "cap"}

# Apprise sends a mail every four seconds at most: the alerts of the border are told together.
CONFIG = """
heartbeat_every = "4 seconds"
heartbeat_patience = "3 seconds"

[receivers.duty]
traffic = ["exercise"]
[[receivers.duty.channels]]
kind = "webhook"
url = {{ env = "DUTY_URL" }}
secrets = [{{ env = "DUTY_KEY" }}]
bearer = {{ env = "DUTY_TOKEN" }}
allow_private = true
[[receivers.duty.channels]]
kind = "alertmanager"
url = "{alertmanager}"
allow_private = true
[[receivers.duty.channels]]
kind = "apprise"
url = {{ env = "DUTY_MAIL" }}
[[receivers.duty.channels]]
kind = "cap"
sender = "forewarn@example.org"
scope = "Public"
folder = "{folder}"

[receivers.watch]
traffic = ["heartbeat"]
[[receivers.watch.channels]]
kind = "webhook"
url = "{watch}"
secrets = [{{ env = "DUTY_KEY" }}]
allow_private = true

[receivers.real]
[[receivers.real.channels]]
kind = "webhook"
url = "{real}"
secrets = [{{ env = "DUTY_KEY" }}]
allow_private = true

[[routes]]
receiver = "real"
continue = true
[[routes]]
receiver = "duty"
traffic = ["exercise"]
group_wait = "0 seconds"
group_interval = "2 seconds"
repeat_interval = "never"
"""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Everyone who may be told."""

    duty: Receiver
    watch: Receiver
    real: Receiver
    alertmanager: Alertmanager
    mailbox: Mailbox
    folder: Path


@asynccontextmanager
async def receivers(folder: Path) -> AsyncIterator[Receivers]:
    """Run every receiver for as long as the context lasts."""
    with mailing() as mailbox:
        async with (
            receiving() as duty,
            receiving() as watch,
            receiving() as real,
            alertmanaging(folder) as alertmanager,
        ):
            yield Receivers(duty, watch, real, alertmanager, mailbox, folder / "cap")


def configured(settings: Settings, desk: Receivers, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Write the notifier's file, with a secret wherever one can stand."""
    file = settings.data_dir / "notifier.toml"
    file.write_text(
        CONFIG.format(
            alertmanager=desk.alertmanager.url,
            folder=desk.folder,
            watch=desk.watch.url,
            real=desk.real.url,
        )
    )
    monkeypatch.setenv("DUTY_URL", f"{desk.duty.url}/{CANARY}")
    monkeypatch.setenv("DUTY_KEY", f"whsec_{KEY}")
    monkeypatch.setenv("DUTY_TOKEN", CANARY)
    place = f"127.0.0.1:{desk.mailbox.port}?from=fw@example.org&to=duty@example.org&mode=insecure"
    monkeypatch.setenv("DUTY_MAIL", f"mailto://user:{CANARY}@{place}")
    return settings.model_copy(update={"notifier": Notifier(config=file)})


async def replayed(settings: Settings, desk: Receivers) -> None:
    """Replay the part of the case as the demonstration does: an exercise, with its time.

    The first alert is told before the next report comes, so that it is told of as open too.
    """
    path = case()
    found = marked(events(path, read(path)), Traffic.EXERCISE)
    part = [event for event in found if event.data.incident_id in APRIL_2021]
    async with KafkaLog(engine(settings), settings.kafka) as log:

        async def settled(*_: object) -> None:
            await log.settle()
            await until(lambda: bool(desk.duty.got))

        await drive(part, log, on_report=settled)


async def values(settings: Settings, topic: Topic) -> list[bytes]:
    async with reader(settings.kafka) as log:
        batches = [b async for b in log.read(topic, await log.ends(topic))]
    return [record.value or b"" for batch in batches for record in batch]


async def exercises(settings: Settings) -> list[Alert]:
    found = [decode(ALERTS, value).data for value in await values(settings, ALERTS)]
    told = [alert for alert in found if alert.traffic is Traffic.EXERCISE]
    return sorted(told, key=lambda a: (a.recorded_at, a.alert_id, a.sequence))


async def outcomes(settings: Settings, receiver: str) -> list[Delivery]:
    found = [decode(DELIVERIES, value) for value in await values(settings, DELIVERIES)]
    return [delivery for delivery in found if delivery.receiver == receiver]


def due(settings: Settings, alerts: list[Alert]) -> set[Ref]:
    """Return the transitions that the routes give to the duty desk."""
    plan, found = setup(load(settings)).plan, set()
    heard = Desk()
    for alert in alerts:
        verdicts = dict(hear(heard, plan, message(alert), alert.recorded_at))
        assert verdicts["real"] is Why.OTHER_TRAFFIC
        if verdicts["duty"] in (Why.MATCHED, Why.FOLLOWED):
            found.add((alert.alert_id, alert.sequence))
    return found


def refs(delivery: Delivery) -> set[Ref]:
    return {(a.alert_id, a.sequence) for a in delivery.alerts}


def had(told: list[Delivery], channel: str) -> list[Ref]:
    """Return the transitions that a channel has told of."""
    return [ref for d in told if d.channel == channel for ref in refs(d)]


def shown_by_webhook(receiver: Receiver) -> dict[str, set[Ref]]:
    """Return what each notification showed, by its id; each came once, and is signed."""
    found: dict[str, set[Ref]] = {}
    for got in receiver.got:
        name = got.headers["webhook-id"]
        assert name not in found, "a notification came twice"
        content = Webhook(f"whsec_{KEY}").verify(got.body, dict(got.headers))
        found[name] = {(a["alert_id"], a["sequence"]) for a in content["data"]["alerts"]}
    return found


def shown_by_mail(mailbox: Mailbox) -> list[set[Ref]]:
    line = re.compile(r"^Alert: (\S+), message (\d+)", re.MULTILINE)
    contents = (mail.get_content().replace("\r\n", "\n") for mail in mailbox.mails)
    return [{(name, int(n)) for name, n in line.findall(content)} for content in contents]


def shown_by_cap(folder: Path) -> set[Ref]:
    names = (path.name.removesuffix(".xml").rsplit(".", 1) for path in folder.glob("*.xml"))
    return {(unquote(alert_id), int(sequence)) for alert_id, sequence in names}


async def until(true: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.1)


async def test_every_transition_of_an_exercise_reaches_every_channel_once_and_shows_no_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with receivers(tmp_path) as desk:
        settings = configured(settings, desk, monkeypatch)
        async with stack(settings, None, print, notifier=True):
            await replayed(settings, desk)
            alerts = await exercises(settings)
            wanted = due(settings, alerts)
            told = await outcomes(settings, "duty")
            async with asyncio.timeout(30):
                while any(wanted - set(had(told, channel)) for channel in CHANNELS):
                    await asyncio.sleep(0.2)
                    told = await outcomes(settings, "duty")
            await until(lambda: any(is_beat(one) for one in shown_by_webhook(desk.watch).values()))
        shown = shown_by_webhook(desk.duty)
        over = ends(shown.values())
        await until(lambda: over <= set(desk.alertmanager.told()))
        received = await desk.alertmanager.received()

    kinds = {alert.transition.value for alert in alerts}
    assert kinds == {"raised", "escalated", "corrected", "resolved"}
    assert wanted == {(alert.alert_id, alert.sequence) for alert in alerts}

    assert {d.outcome for d in told} == {DeliveryOutcome.DELIVERED}
    for channel in CHANNELS:
        assert Counter(had(told, channel)) == Counter(wanted), channel
        assert len({d.notification_id for d in told if d.channel == channel}) * 4 == len(told)

    assert shown.keys() == {d.notification_id for d in told}
    assert all(shown[d.notification_id] <= refs(d) for d in told)
    assert sorted(map(sorted, shown_by_mail(desk.mailbox))) == sorted(map(sorted, shown.values()))
    assert shown_by_cap(desk.folder) == set().union(*shown.values())
    assert received == sum(len(one) for one in shown.values())
    assert over
    assert all(Counter(desk.alertmanager.told())[end] == 1 for end in over)

    beats = shown_by_webhook(desk.watch)
    assert any(is_beat(one) for one in beats.values())
    assert all("heartbeat" in name for one in beats.values() for name, _ in one)
    assert desk.real.got == []

    assert desk.mailbox.passwords == [CANARY.encode()] * len(desk.mailbox.mails)
    assert all(got.path.endswith(CANARY) for got in desk.duty.got)
    keep_out(*await written(settings))


def is_beat(shown: set[Ref]) -> bool:
    """Tell whether it is a heartbeat that came back, and not news of the way."""
    return any(name.endswith(":heartbeat") for name, _ in shown)


def ends(shown: Iterable[set[Ref]]) -> set[tuple[str, str]]:
    """Return how an Alertmanager tells that alerts are over: of those that it knew as open."""
    times = Counter(alert_id for one in shown for alert_id, _ in one)
    return {("resolved", alert_id) for alert_id, count in times.items() if count > 1}


async def written(settings: Settings) -> list[str]:
    """Return all that the stack wrote: logs, topics, and the rows of the notifier."""
    found = [path.read_text(errors="replace") for path in settings.data_dir.glob("*.log")]
    assert any("following the alerts" in text for text in found)
    for topic in TOPICS:
        found += [value.decode(errors="replace") for value in await values(settings, topic)]
    with sqlite3.connect(settings.data_dir / "notifier.sqlite") as database:
        rows = list(database.iterdump())
    database.close()
    assert any("notifier_outbox" in row for row in rows)
    # Bytes stand in hexadecimal in a dump.
    found += [bytes.fromhex(x).decode(errors="replace") for row in rows for x in _HEX.findall(row)]
    return [*found, *rows]


_HEX = re.compile(r"X'([0-9A-F]+)'")
