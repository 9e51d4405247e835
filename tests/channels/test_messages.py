"""Mail through Apprise to a real mail server, and chat to a real HTTP server."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.incident import Traffic
from services.notifier.channels.config import read
from services.notifier.channels.factory import build
from services.notifier.notification import Channel, Delivered, TryAgain
from services.ports import free_port
from tests.channels.builders import alert, escalated, notification, resolved
from tests.channels.mailbox import Mailbox, mailing
from tests.channels.receiver import Receiver


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with mailing() as found:
        yield found


def channel(url: str, **fields: Any) -> Channel:
    return build(read({"kind": "apprise", "url": url} | fields))


def mail_to(port: int, user: str = "") -> str:
    return f"mailto://{user}127.0.0.1:{port}?from=fw@example.org&to=duty@example.org&mode=insecure"


async def test_mail_arrives_as_plain_text_with_all_that_is_to_be_told(mailbox: Mailbox) -> None:
    sender = channel(mail_to(mailbox.port))
    told = escalated(explanation="Mortars; 2 < 3 & <b>bold</b> {{ braces }}\n* a list")
    assert await sender.send(notification(told)) == Delivered()
    await sender.close()
    (mail,) = mailbox.mails
    assert mail["Subject"] == f"Escalated, CRITICAL: {told.segment_id}"
    assert mail["To"] == "duty@example.org"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    for part in (
        told.headline,
        "Level: critical, before warning (escalated)",
        "Where: KGZ-TJK-050-07, border Kyrgyzstan - Tajikistan",
        "When: 2021-04-29 13:00 UTC; the alert began 2021-04-29 12:00 UTC",
        "Why: Mortars; 2 < 3 & <b>bold</b> {{ braces }}\n  * a list",
        "Next: Act on your plan",
        told.alert_id,
    ):
        assert part in text.replace("\r\n", "\n"), part


@pytest.mark.parametrize("traffic", [Traffic.EXERCISE, Traffic.TEST, Traffic.HEARTBEAT])
async def test_what_is_not_real_says_so_in_the_subject_and_in_the_first_line(
    mailbox: Mailbox, traffic: Traffic
) -> None:
    sender = channel(mail_to(mailbox.port))
    await sender.send(notification(alert(traffic=traffic)))
    await sender.close()
    (mail,) = mailbox.mails
    assert mail["Subject"].startswith(f"{traffic.upper()}: Raised, WARNING")
    assert mail.get_content().splitlines()[0].startswith(f"{traffic.upper()}.")


async def test_the_subject_of_several_says_what_became_of_them_and_the_worst_level(
    mailbox: Mailbox,
) -> None:
    sender = channel(mail_to(mailbox.port))
    told = (alert(alert_id="A-1"), escalated(alert_id="A-2"), resolved(alert_id="A-3"))
    await sender.send(notification(*told))
    await sender.close()
    (mail,) = mailbox.mails
    subject = "1 raised, 1 escalated, 1 resolved; worst CRITICAL: KGZ-TJK"
    assert mail["Subject"] == subject
    for one in told:
        assert one.alert_id in mail.get_content()


async def test_a_text_that_is_no_latin_arrives_as_it_is(mailbox: Mailbox) -> None:
    sender = channel(mail_to(mailbox.port))
    await sender.send(notification(alert(headline="Выстрелы близ Кок-Таша")))
    await sender.close()
    assert "Выстрелы близ Кок-Таша" in mailbox.mails[0].get_content()


async def test_a_reporter_adds_neither_a_line_nor_a_header_to_a_mail(mailbox: Mailbox) -> None:
    sender = channel(mail_to(mailbox.port))
    forged = "at Kok-Tash\r\nBcc: all@example.org\r\nNext: Stand down.\u2028Level: normal"
    await sender.send(notification(alert(headline=forged, explanation=forged)))
    await sender.close()
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    lines = mail.get_content().splitlines()
    for word in ("Next: ", "Level: "):
        assert len([line for line in lines if line.startswith(word)]) == 1
    assert not [line for line in lines if line.startswith("Bcc")]


async def test_the_password_of_the_address_is_used(mailbox: Mailbox) -> None:
    sender = channel(mail_to(mailbox.port, "user:pass%40word@"))
    assert await sender.send(notification()) == Delivered()
    await sender.close()
    assert mailbox.passwords == [b"pass@word"]


async def test_a_mail_that_is_refused_is_tried_again(mailbox: Mailbox) -> None:
    sender = channel(mail_to(mailbox.port))
    mailbox.answer = "451 try later"
    outcome = await sender.send(notification())
    assert outcome == TryAgain("E-Mail: the service did not take the message")
    mailbox.answer = "250 OK"
    assert await sender.send(notification()) == Delivered()
    await sender.close()


async def test_a_mail_server_that_is_not_there_is_tried_again() -> None:
    sender = channel(mail_to(free_port()))
    assert isinstance(await sender.send(notification()), TryAgain)
    await sender.close()


async def test_a_mail_server_that_hangs_holds_up_nobody(
    mailbox: Mailbox, receiver: Receiver
) -> None:
    mailbox.hold = 3.0
    slow = channel(mail_to(mailbox.port), timeout=timedelta(seconds=1))
    other = channel(f"json://{receiver.url.removeprefix('http://')}")
    waiting = asyncio.create_task(slow.send(notification()))
    assert await other.send(notification()) == Delivered()
    assert not waiting.done()
    assert await waiting == TryAgain("E-Mail: no answer in time")
    await slow.close()
    await other.close()


async def test_a_chat_gets_the_subject_and_the_text(receiver: Receiver) -> None:
    host = receiver.url.removeprefix("http://")
    receiver.status = 200
    sender = channel(f"json://{host}")
    assert await sender.send(notification()) == Delivered()
    receiver.status = 500
    assert isinstance(await sender.send(notification()), TryAgain)
    await sender.close()
    body = json.loads(receiver.got[0].body)
    assert body["title"] == "Raised, WARNING: KGZ-TJK-050-07"
    assert body["message"].startswith("WARNING on KGZ-TJK-050-07: warning shots at Kok-Tash\n")
