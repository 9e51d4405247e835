"""What the notifier tells: attempts and what came of them, what waits, and the heartbeats."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from schemas.alert import Alert
from schemas.delivery import Delivery
from schemas.incident import Traffic
from services.ledger.database import reading
from services.metrics import table
from services.metrics.meters import Meters, family
from services.metrics.table import Process
from services.notifier import closed, outbox, pulses
from services.notifier.notification import Notification
from services.notifier.store import Store
from services.version import version

_STATUS = re.compile(r"\banswered ([45])\d\d\b")


class Measured:
    """Counts attempts, and notes whether the service has begun."""

    def __init__(self, meters: Meters) -> None:
        self._ready = False
        self._stages = meters.counter(table.PIPELINE)
        self._attempts = meters.counter(table.ATTEMPTS)
        self._failures = meters.counter(table.FAILURES)
        self._seconds = meters.histogram(table.ATTEMPT_SECONDS)
        self._delay = meters.histogram(table.DELIVERY_DELAY)
        self._heartbeat = meters.gauge(table.HEARTBEAT)

    def began(self) -> None:
        """Note that alerts are followed."""
        self._ready = True

    def why_not(self) -> str | None:
        """Tell why nobody is told of alerts yet; None: they are."""
        return None if self._ready else "waiting for its turn, or for the log"

    def heard(self, alert: Alert) -> None:
        """Take in an alert that has been read."""
        if alert.traffic is Traffic.HEARTBEAT:
            self._heartbeat.set(alert.recorded_at.timestamp())

    def attempted(
        self, notification: Notification, told: Delivery, moment: datetime, seconds: float
    ) -> None:
        """Take in what came of an attempt that ended at ``moment`` and took ``seconds``."""
        place = (notification.receiver, told.channel)
        self._attempts.labels(*place, told.outcome.value).inc()
        self._seconds.labels(*place).observe(seconds)
        if told.reason is not None:
            self._failures.labels(*place, failure(told.reason)).inc()
            return
        self._stages.labels("delivered").inc()
        if notification.traffic is Traffic.ACTUAL:
            latest = max(alert.recorded_at for alert in notification.alerts)
            self._delay.labels(*place).observe(max(0.0, (moment - latest).total_seconds()))


def unread() -> Measured:
    """Return metrics that nobody reads."""
    return Measured(Meters(Process.NOTIFIER, version()))


def failure(reason: str) -> str:
    """Return the kind of a failure by its reason in words: one of few."""
    if found := _STATUS.search(reason):
        return f"status-{found[1]}xx"
    return "no-answer" if "no answer" in reason else "other"


class Waiting(Collector):
    """What waits for each channel, which of them want nothing, and whether heartbeats come back."""

    def __init__(self, store: Store, channels: Sequence[tuple[str, str]]) -> None:
        self._store, self._channels = store, tuple(channels)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield it as it stands in the database."""
        with reading(self._store.engine) as connection:
            waits = outbox.waiting(connection)
            disabled = closed.every(connection)
            broken = pulses.load(connection).broken_since is not None
        yield family(table.OUTBOX, {place: float(waits.get(place, 0)) for place in self._channels})
        yield family(table.DISABLED, {place: float(place in disabled) for place in self._channels})
        yield family(table.PULSE, {(): float(broken)})
