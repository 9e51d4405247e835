"""Alerts for a Prometheus Alertmanager, which then silences, groups and notifies by its own rules.

An Alertmanager takes two alerts for one when their labels are equal, and for two when they are not.
So the labels are those that stay the same from raised to resolved: which alert, where, and whether
it is real. The level changes, and is therefore an annotation: as a label, each change of it would
leave an alert of the old level behind that nothing ever resolves. Two things follow.

- Rules that go by level belong into the routes of Forewarn: a receiver that is told from critical
  upwards has labels of its own in its configuration, e.g. ``severity = "page"``. It gets the end of
  what it was told of, and its alerts are others than those of a receiver with other labels.
- An Alertmanager does not notify again because an annotation changed, until its
  ``repeat_interval`` is over. A receiver of that kind is also how a rise is told at once.

An Alertmanager lets an alert that is not sent again run out by its ``resolve_timeout``, minutes
later, unless the alert says when it ends. Forewarn sends transitions; so an open alert ends far
ahead, at a moment that its real end then replaces.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from models.domain.advice import advice, mark, over
from schemas.alert import Alert
from services.moments import Clock, utc_now
from services.notifier.channels.posting import Poster
from services.notifier.notification import GivenUp, Notification, Outcome, TryAgain

ALERT_NAME = "ForewarnBorderAlert"

LABELS = frozenset({"alertname", "alert_id", "segment_id", "border_id", "traffic"})
"""The labels of every alert; a configuration can add others, and change none."""

_BAD_REQUEST = 400


class AlertmanagerChannel:
    """Posts the alerts of a notification to ``/api/v2/alerts``.

    Parameters
    ----------
    labels
        Added to those of every alert.
    generator_url
        A page that people are led to from the alert.
    open_for
        How long an alert of which nothing more is heard stays open there.
    """

    def __init__(
        self,
        poster: Poster,
        *,
        labels: Mapping[str, str],
        generator_url: str | None,
        open_for: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._poster = poster
        self._labels = dict(labels)
        self._generator_url = generator_url
        self._open_for = open_for
        self._clock = clock

    async def send(self, notification: Notification) -> Outcome:
        """Post them; an Alertmanager answers 400 to what it will never take."""
        content = json.dumps([self._told(alert) for alert in notification.alerts]).encode()
        answer = await self._poster.post(content, {"Content-Type": "application/json"})
        if isinstance(answer, TryAgain):
            return answer
        if answer.status == _BAD_REQUEST:
            return GivenUp("the Alertmanager answered 400 Bad Request: it cannot read the alerts")
        return answer.outcome()

    async def close(self) -> None:
        """Close all connections."""
        await self._poster.close()

    def _told(self, alert: Alert) -> dict[str, object]:
        found: dict[str, object] = {
            "labels": self._labels | labels(alert),
            "annotations": annotations(alert),
            "startsAt": alert.opened_at.isoformat(),
            "endsAt": ends_at(alert, self._clock(), self._open_for).isoformat(),
        }
        if self._generator_url:
            found["generatorURL"] = self._generator_url
        return found


def labels(alert: Alert) -> dict[str, str]:
    """Return what stays the same for the life of an alert."""
    return {
        "alertname": ALERT_NAME,
        "alert_id": alert.alert_id,
        "segment_id": alert.segment_id,
        "border_id": alert.border_id,
        "traffic": alert.traffic,
    }


def annotations(alert: Alert) -> dict[str, str]:
    """Return what may change from transition to transition."""
    return {
        "headline": mark(alert.traffic) + alert.headline,
        "explanation": alert.explanation,
        "next": advice(alert),
        "level": alert.level,
        "transition": alert.transition,
        "severity": alert.severity,
        "urgency": alert.urgency,
        "certainty": alert.certainty,
        "sequence": str(alert.sequence),
    }


def ends_at(alert: Alert, now: datetime, open_for: timedelta) -> datetime:
    """Return when an alert ends: for one that is over, never ahead of the Alertmanager's clock.

    An end in the future would keep it open till then; one before its start is refused.
    """
    if not over(alert):
        return now + open_for
    return max(alert.opened_at, min(alert.recorded_at, now))
