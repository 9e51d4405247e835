"""Alerts in a real Alertmanager, from raised to resolved, read back through its API."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.domain.advice import advice
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from services.notifier.channels.alertmanager import LABELS, ends_at, labels
from services.notifier.channels.config import read
from services.notifier.channels.factory import build
from services.notifier.notification import Channel, Delivered, GivenUp, TryAgain
from tests.builders import at
from tests.channels.alertmanager import Alertmanager
from tests.channels.builders import alert, escalated, notification, resolved
from tests.channels.receiver import Receiver

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
DAY = timedelta(days=1)


def recent(made: Callable[..., Alert], hours: int, **fields: Any) -> Alert:
    """Return an alert of the last hours: an Alertmanager asks the clock what is over."""
    return made(opened_at=NOW, recorded_at=NOW + timedelta(hours=hours), **fields)


def channel(url: str, **fields: Any) -> Channel:
    return build(read({"kind": "alertmanager", "url": url, "allow_private": True} | fields))


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.05)


async def test_an_alert_is_one_alert_there_from_raised_to_resolved(
    alertmanager: Alertmanager,
) -> None:
    sender = channel(alertmanager.url, labels={"severity": "page"})
    raised = recent(alert, 0)
    assert await sender.send(notification(raised)) == Delivered()
    (found,) = await alertmanager.alerts()
    assert found["labels"] == labels(raised) | {"severity": "page"}
    assert found["annotations"]["headline"] == raised.headline
    assert found["annotations"]["explanation"] == raised.explanation
    assert found["annotations"]["level"] == "warning"
    assert datetime.fromisoformat(found["startsAt"]) == raised.opened_at
    assert datetime.fromisoformat(found["endsAt"]) > datetime.now(UTC) + 30 * DAY
    await eventually(lambda: alertmanager.told() == [("firing", raised.alert_id)])

    assert await sender.send(notification(recent(escalated, 1))) == Delivered()
    (worse,) = await alertmanager.alerts()
    assert worse["fingerprint"] == found["fingerprint"]
    assert worse["annotations"]["level"] == "critical"
    # Longer than its resolve_timeout: what is open stays open though nothing more is heard of it.
    await asyncio.sleep(1.5)
    assert len(await alertmanager.alerts()) == 1

    assert await sender.send(notification(recent(resolved, 2))) == Delivered()
    assert await alertmanager.alerts() == []
    await eventually(lambda: alertmanager.told()[-1] == ("resolved", raised.alert_id))
    await sender.close()


async def test_alerts_of_a_group_are_several_alerts_there(alertmanager: Alertmanager) -> None:
    sender = channel(alertmanager.url, generator_url="https://forewarn.example.org/")
    told = [recent(alert, 0, alert_id=f"A-{n}", segment_id=f"KGZ-TJK-050-0{n}") for n in (1, 2)]
    exercise = recent(alert, 0, alert_id="A-3:exercise", traffic=Traffic.EXERCISE)
    assert await sender.send(notification(*told)) == Delivered()
    assert await sender.send(notification(exercise)) == Delivered()
    await sender.close()
    found = {a["labels"]["alert_id"]: a for a in await alertmanager.alerts()}
    assert set(found) == {"A-1", "A-2", "A-3:exercise"}
    assert found["A-1"]["generatorURL"] == "https://forewarn.example.org/"
    assert found["A-3:exercise"]["labels"]["traffic"] == "exercise"
    assert found["A-3:exercise"]["annotations"]["headline"].startswith("EXERCISE: ")


async def test_what_it_refuses_is_given_up(alertmanager: Alertmanager) -> None:
    config = {"kind": "alertmanager", "url": alertmanager.url, "allow_private": True}
    # By a clock that stands, the alert would end before it began.
    sender = build(read(config), clock=lambda: NOW - 1000 * DAY)
    assert isinstance(await sender.send(notification(recent(alert, 0))), GivenUp)
    await sender.close()
    assert await alertmanager.alerts() == []


async def test_a_bad_request_is_given_up_and_anything_else_is_tried_again(
    receiver: Receiver,
) -> None:
    root = receiver.url.removesuffix("/hook")
    sender = channel(root + "/pre%2Ffix/?tenant=a%26b")
    receiver.status = 400
    assert isinstance(await sender.send(notification()), GivenUp)
    receiver.status = 410
    assert isinstance(await sender.send(notification()), TryAgain)
    receiver.status = 503
    assert isinstance(await sender.send(notification()), TryAgain)
    await sender.close()
    assert receiver.got[0].path == "/pre%2Ffix/api/v2/alerts?tenant=a%26b"


def test_the_labels_stay_the_same_whatever_becomes_of_an_alert() -> None:
    for transition in Transition:
        for level in Level:
            later = alert(
                sequence=9,
                transition=transition,
                level=level,
                previous_level=Level.CRITICAL,
                severity="Minor",
                urgency="Past",
                certainty="Possible",
                acknowledged=True,
                recorded_at=at(days=3),
                headline="another",
                explanation="another",
            )
            assert labels(later) == labels(alert())
    assert set(labels(alert())) == LABELS


def test_two_alerts_have_different_labels() -> None:
    assert labels(alert(alert_id="A-1")) != labels(alert(alert_id="A-2"))


def test_an_alert_that_is_over_never_ends_in_the_future_nor_before_it_began() -> None:
    over = resolved()
    assert ends_at(over, over.recorded_at + DAY, DAY) == over.recorded_at
    assert ends_at(over, over.recorded_at - timedelta(minutes=1), DAY) < over.recorded_at
    assert ends_at(over, over.opened_at - DAY, DAY) == over.opened_at
    corrected = resolved(transition=Transition.CORRECTED, previous_level=Level.NORMAL)
    assert ends_at(corrected, over.recorded_at + DAY, DAY) == over.recorded_at


def test_an_open_alert_ends_far_ahead_even_when_it_is_replayed_years_later() -> None:
    now = at(days=3000)
    assert ends_at(alert(), now, DAY) == now + DAY


def test_what_to_do_next_asks_to_acknowledge_only_what_nobody_looks_after() -> None:
    assert "Acknowledge" in advice(alert())
    assert "Acknowledge" not in advice(alert(acknowledged=True))
    assert "Acknowledge" not in advice(resolved())


async def test_the_body_is_a_list_of_alerts_as_its_api_has_them(receiver: Receiver) -> None:
    sender = channel(receiver.url.removesuffix("/hook"), bearer="token")
    await sender.send(notification(alert(), escalated(alert_id="other")))
    await sender.close()
    (got,) = receiver.got
    assert got.headers["Authorization"] == "Bearer token"
    assert [set(a) for a in json.loads(got.body)] == 2 * [
        {"labels", "annotations", "startsAt", "endsAt"}
    ]
