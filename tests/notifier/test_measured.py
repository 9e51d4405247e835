"""What the notifier tells: attempts, failures by kind, what waits, and the heartbeats."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from schemas.incident import Traffic
from services.metrics.meters import Meters
from services.metrics.table import Process
from services.notifier.config import parse
from services.notifier.measured import Measured, Waiting, failure
from services.notifier.notification import Delivered, GivenUp, Outcome, TryAgain
from services.notifier.sending import Sender
from services.notifier.setup import setup
from services.notifier.store import Store
from tests.notifier.builders import alert, seconds
from tests.notifier.recording import Recording
from tests.notifier.test_store import CONFIG, batch

PLACES = [("duty", "one"), ("duty", "two")]
ONE = {"receiver": "duty", "channel": "one"}


class Desk:
    """A notifier with one notification for two channels, and what it tells."""

    def __init__(self, engine: Engine) -> None:
        self.store = Store(engine, setup(parse(CONFIG)))
        self.store.begin({0: 0})
        self.store.take_in(batch(0, alert()), seconds(0))
        self.meters = Meters(Process.NOTIFIER, "1")
        self.measured = Measured(self.meters)
        self.meters.registry.register(Waiting(self.store, PLACES))

    async def send(self, answer: Outcome, later: timedelta = timedelta()) -> None:
        """Make an attempt on the first channel."""
        channel = Recording(lambda _n: answer)
        moment = seconds(0) + later
        assert await Sender(self.store, *PLACES[0], channel, lambda: moment, self.measured).step()

    def value(self, name: str, labels: dict[str, str] | None = None) -> float | None:
        """Return a sample as Prometheus would read it."""
        return self.meters.registry.get_sample_value(f"forewarn_{name}", labels or {})


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


async def test_what_arrives_is_counted_and_timed_from_the_record_of_its_cause(desk: Desk) -> None:
    assert desk.value("outbox_notifications", ONE) == 1
    await desk.send(Delivered(), timedelta(seconds=40))
    assert desk.value("outbox_notifications", ONE) == 0
    assert desk.value("outbox_notifications", {**ONE, "channel": "two"}) == 1
    assert desk.value("delivery_attempts_total", {**ONE, "outcome": "delivered"}) == 1
    assert desk.value("delivery_delay_seconds_sum", ONE) == 40
    assert desk.value("pipeline_records_total", {"stage": "delivered"}) == 1
    assert desk.value("delivery_failures_total", {**ONE, "reason": "other"}) is None


async def test_a_failure_is_counted_by_its_kind_and_is_no_delivery(desk: Desk) -> None:
    await desk.send(TryAgain("the receiver answered 503 Service Unavailable"))
    assert desk.value("delivery_attempts_total", {**ONE, "outcome": "retried"}) == 1
    assert desk.value("delivery_failures_total", {**ONE, "reason": "status-5xx"}) == 1
    assert desk.value("delivery_attempt_seconds_count", ONE) == 1
    assert desk.value("delivery_delay_seconds_count", ONE) is None
    assert desk.value("channel_disabled", ONE) == 0


async def test_a_channel_that_wants_nothing_more_is_told(desk: Desk) -> None:
    await desk.send(GivenUp("the receiver answered 410 Gone: it wants no more", disable=True))
    assert desk.value("delivery_attempts_total", {**ONE, "outcome": "failed"}) == 1
    assert desk.value("channel_disabled", ONE) == 1


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("the receiver answered 429 Too Many Requests", "status-4xx"),
        ("the Alertmanager answered 400 Bad Request: it cannot read the alerts", "status-4xx"),
        ("the receiver answered 502", "status-5xx"),
        ("no answer within 10 s", "no-answer"),
        ("mail: no answer in time", "no-answer"),
        ("the channel failed: ZeroDivisionError", "other"),
        ("order 66 answered 4000", "other"),
    ],
)
def test_a_reason_is_of_one_of_few_kinds(reason: str, kind: str) -> None:
    assert failure(reason) == kind


def test_a_heartbeat_that_came_back_leaves_its_time(desk: Desk) -> None:
    desk.measured.heard(alert())
    assert desk.value("heartbeat_timestamp_seconds") == 0
    beat = alert().model_copy(update={"traffic": Traffic.HEARTBEAT})
    desk.measured.heard(beat)
    assert desk.value("heartbeat_timestamp_seconds") == beat.recorded_at.timestamp()
    assert desk.value("heartbeat_broken") == 0


def test_it_is_ready_once_it_follows(desk: Desk) -> None:
    assert desk.measured.why_not() is not None
    desk.measured.began()
    assert desk.measured.why_not() is None
