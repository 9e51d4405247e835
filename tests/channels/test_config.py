"""Configurations of channels: what is taken, and what is said of what is wrong."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.alertmanager import AlertmanagerChannel
from services.notifier.channels.cap import CapChannel
from services.notifier.channels.config import KINDS, BadChannel, WebhookConfig, read
from services.notifier.channels.factory import build
from services.notifier.channels.messages import MessageChannel
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.config import parse
from services.notifier.setup import setup
from tests.channels.test_webhook import NEW, OLD

PAGE = Path(__file__).parents[2] / "docs" / "notifying.md"
URL = "https://hooks.example.org/forewarn"
HOOK = {"kind": "webhook", "url": URL, "secrets": [NEW]}
ALERTMANAGER = {"kind": "alertmanager", "url": "https://alerts.example.org"}
CAP = {"kind": "cap", "sender": "duty@example.org", "folder": "cap"}
MAIL = {
    "kind": "apprise",
    "url": "mailto://mail.example.org?from=fw@example.org&to=duty@example.org",
}


async def test_each_kind_has_a_channel() -> None:
    kinds: list[tuple[dict[str, Any], type]] = [
        (HOOK, WebhookChannel),
        (ALERTMANAGER, AlertmanagerChannel),
        (MAIL, MessageChannel),
        (CAP, CapChannel),
    ]
    assert {given["kind"] for given, _ in kinds} == set(KINDS)
    for given, kind in kinds:
        channel = build(read(given))
        assert isinstance(channel, kind)
        await channel.close()


def test_a_secret_may_stand_in_a_variable_or_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOOK_URL", URL)
    (tmp_path / "secret").write_text(NEW + "\n")
    found = read(
        HOOK | {"url": {"env": "HOOK_URL"}, "secrets": [{"file": str(tmp_path / "secret")}, OLD]}
    )
    assert isinstance(found, WebhookConfig)
    assert found.url.get_secret_value() == URL
    assert [s.get_secret_value() for s in found.secrets] == [NEW, OLD]


def test_a_time_may_be_given_with_its_unit() -> None:
    assert read(HOOK | {"timeout": "20 seconds"}).timeout == timedelta(seconds=20)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "channel.kind: expected one of webhook, alertmanager, apprise, cap"),
        ({"kind": "fax"}, "channel.kind: expected one of webhook, alertmanager, apprise, cap"),
        ({"kind": "webhook", "url": URL}, "channel.secrets: expected a value; there is none"),
        (HOOK | {"url": "http://hooks.example.org/"}, "url: expected https://"),
        (HOOK | {"url": "ftp://hooks.example.org/", "allow_private": True}, "url: expected https"),
        (HOOK | {"url": "https://"}, "url: expected https://"),
        (HOOK | {"url": "https://[::1"}, "url: expected https://"),
        (HOOK | {"url": "https://hooks.example.org:99999/"}, "url: expected https://"),
        (HOOK | {"url": " " + URL}, "url: expected https://"),
        (HOOK | {"bearer": "two words"}, "bearer: expected a token"),
        (HOOK | {"bearer": "t", "url": "https://u:p@hooks.example.org/"}, "bearer: expected none"),
        (HOOK | {"timeout": "soon"}, "channel.timeout: found 'soon'; expected a number with its"),
        (HOOK | {"timeout": "3 hours"}, "channel.timeout: found '3 hours'"),
        (HOOK | {"secrets": []}, "channel.secrets"),
        (HOOK | {"secrets": ["whsec_c2hvcnQ="]}, "channel.secrets.0: expected whsec_ and 24 to 64"),
        (HOOK | {"secrets": ["whsec_" + "-" * 44]}, "channel.secrets.0: expected whsec_"),
        (HOOK | {"secrets": [{"env": "NO_SUCH"}]}, "'NO_SUCH' is not set"),
        (HOOK | {"secrets": [{"file": "/no/such"}]}, "'/no/such' cannot be read"),
        (HOOK | {"secrets": [{"vault": "x"}]}, 'expected {"env": "NAME"} or {"file"'),
        (HOOK | {"url": 5}, "channel.url: expected a text"),
        (HOOK | {"url": ""}, "channel.url: expected a secret that is not empty"),
        (HOOK | {"colour": "red"}, "channel.colour: Extra inputs are not permitted"),
        (ALERTMANAGER | {"labels": {"alert_id": "x"}}, "expected other names than those of every"),
        (ALERTMANAGER | {"labels": {"a-b": "x"}}, "channel.labels.a-b"),
        (MAIL | {"url": "nosuch://example.org"}, "channel.url: expected the address of a service"),
        (MAIL | {"url": "mailto://"}, "channel.url: expected the address of a service"),
        (CAP | {"sender": "two words"}, "channel.sender: found 'two words'"),
        (CAP | {"scope": "Private"}, "channel.scope: found 'Private'; expected 'Public'"),
        ({"kind": "cap", "sender": "a"}, "expected post, folder, or both"),
        (CAP | {"post": {"url": "http://example.org"}}, "url: expected https://"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_what_was_expected(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadChannel) as fault:
        read(given)
    assert message in str(fault.value)


def test_a_fault_names_the_place_that_it_is_given() -> None:
    with pytest.raises(BadChannel, match=r"^receivers\.duty\.channels\.2\.kind"):
        read({"kind": "fax"}, "receivers.duty.channels.2")


def test_an_empty_file_or_variable_is_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("EMPTY", "")
    for source in ({"file": str(tmp_path / "empty")}, {"env": "EMPTY"}):
        with pytest.raises(BadChannel, match="is empty"):
            read(HOOK | {"url": source})


def test_the_examples_of_the_page_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = PAGE.read_text()
    blocks = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    values = {
        "DUTY_URL": URL,
        "DUTY_SECRET": NEW,
        "DUTY_HOOK_URL": URL,
        "DUTY_HOOK_SECRET": NEW,
        "DUTY_HOOK_SECRET_OLD": OLD,
        "DUTY_MAIL": MAIL["url"],
        "CAP_TOKEN": "token",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    head = tmp_path / "head"
    head.write_text(MAIL["url"])
    whole, *channels = [block.replace("/run/secrets/head", str(head)) for block in blocks]
    # Together they are one file, whose receiver has each kind of channel in turn.
    together = "".join((*channels, '[[routes]]\nreceiver = "duty"\n'))
    found = [
        read(channel).kind
        for text in (whole, together)
        for receiver in setup(parse(text)).config.receivers.values()
        for channel in receiver.channels
    ]
    assert found == ["webhook", "apprise", *KINDS]


def test_the_body_that_the_page_shows_is_one_that_a_webhook_gets() -> None:
    block = PAGE.read_text().split("```json\n")[1].split("```")[0]
    shown = json.loads(block.replace("[ ... ]", "[]").replace("{ ... }", "{}"))
    assert shown["type"] == "forewarn.notification.v1"
    assert set(shown) == {"type", "timestamp", "data"}
    assert set(shown["data"]) == {"receiver", "traffic", "group", "alerts"}
