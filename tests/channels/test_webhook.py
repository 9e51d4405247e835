"""Webhooks, checked by the reference library as a receiver would."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from schemas.notification import WebhookNotification
from services.notifier.channels.config import read
from services.notifier.channels.factory import build
from services.notifier.notification import Channel, Delivered, GivenUp, TryAgain
from tests.channels.builders import alert, notification, resolved
from tests.channels.receiver import Receiver
from tests.spans import SAMPLED

OLD, NEW = (f"whsec_{b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))


def channel(receiver: Receiver, **fields: Any) -> Channel:
    return build(
        read(
            {"kind": "webhook", "url": receiver.url, "secrets": [NEW], "allow_private": True}
            | fields
        )
    )


async def test_a_receiver_can_check_who_sent_it_and_that_nothing_was_changed(
    receiver: Receiver,
) -> None:
    sender = channel(receiver)
    assert await sender.send(notification()) == Delivered()
    await sender.close()
    (got,) = receiver.got
    Webhook(NEW).verify(got.body, dict(got.headers))
    assert got.headers["webhook-id"] == "N-1"
    assert got.headers["Content-Type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body + b" ", dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body, dict(got.headers) | {"webhook-id": "N-2"})


async def test_a_receiver_can_go_on_with_the_trace_of_an_alert_where_there_is_one(
    receiver: Receiver,
) -> None:
    sender = channel(receiver)
    await sender.send(notification())
    await sender.send(replace(notification(), trace=SAMPLED))
    await sender.close()
    without, traced = receiver.got
    assert "traceparent" not in without.headers
    assert traced.headers["traceparent"] == SAMPLED
    assert traced.body == without.body, "every attempt sends the same bytes"
    Webhook(NEW).verify(traced.body, dict(traced.headers))


async def test_a_webhook_that_was_caught_and_is_sent_again_later_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = channel(receiver)
    await sender.send(notification())
    await sender.close()
    (got,) = receiver.got
    caught = dict(got.headers)
    Webhook(NEW).verify(got.body, caught)

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(minutes=6)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Later)
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW).verify(got.body, caught)
    fresh = str(int(Later.now(UTC).timestamp()))
    with pytest.raises(WebhookVerificationError, match="signature"):
        Webhook(NEW).verify(got.body, caught | {"webhook-timestamp": fresh})


async def test_every_secret_signs_so_that_one_can_be_changed_for_another(
    receiver: Receiver,
) -> None:
    sender = channel(receiver, secrets=[NEW, OLD])
    await sender.send(notification())
    await sender.close()
    (got,) = receiver.got
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    for secret in (NEW, OLD):
        Webhook(secret).verify(got.body, dict(got.headers))


async def test_the_body_is_what_the_schema_says_and_holds_the_alerts(receiver: Receiver) -> None:
    told = notification(alert(), resolved(alert_id="other"))
    sender = channel(receiver)
    await sender.send(told)
    await sender.close()
    (got,) = receiver.got
    body = WebhookNotification.model_validate_json(got.body)
    assert body.type == "forewarn.notification.v1"
    assert body.timestamp == told.alerts[1].recorded_at
    assert (body.data.receiver, body.data.group) == ("duty desk", {"border_id": "KGZ-TJK"})
    assert body.data.alerts == told.alerts
    assert json.loads(got.body)["data"]["alerts"][0]["transition"] == "raised"


async def test_another_attempt_has_the_same_id_and_bytes_and_a_time_of_its_own(
    receiver: Receiver,
) -> None:
    now = [datetime.now(UTC)]
    config = read({"kind": "webhook", "url": receiver.url, "secrets": [NEW], "allow_private": True})
    sender = build(config, clock=lambda: now[0])
    await sender.send(notification())
    now[0] += timedelta(seconds=90)
    await sender.send(notification())
    await sender.close()
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    Webhook(NEW).verify(second.body, dict(second.headers))


async def test_a_receiver_that_is_gone_for_good_is_disabled(receiver: Receiver) -> None:
    receiver.status = 410
    sender = channel(receiver)
    outcome = await sender.send(notification())
    await sender.close()
    assert isinstance(outcome, GivenUp)
    assert outcome.disable


@pytest.mark.parametrize("status", [400, 401, 404, 408, 425, 429, 500, 503])
async def test_whatever_else_is_no_success_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.status = status
    sender = channel(receiver)
    outcome = await sender.send(notification())
    await sender.close()
    assert isinstance(outcome, TryAgain)
    assert str(status) in outcome.reason


async def test_the_name_of_a_receiver_need_not_be_ascii(receiver: Receiver) -> None:
    sender = channel(receiver, bearer=SecretStr("token"))
    assert await sender.send(notification(receiver="Дежурный, Ош")) == Delivered()
    await sender.close()
    (got,) = receiver.got
    assert got.headers["Authorization"] == "Bearer token"
    assert json.loads(got.body)["data"]["receiver"] == "Дежурный, Ош"
    Webhook(NEW).verify(got.body, dict(got.headers))
