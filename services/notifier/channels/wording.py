"""Says a notification in plain words: a subject line and a text, for mail, chat and SMS."""

from collections import Counter
from datetime import datetime
from textwrap import indent

from models.domain.advice import BANNERS, advice, mark
from models.escalation.words import border
from schemas.alert import Alert
from schemas.assessment import Level
from services.notifier.notification import Notification


def subject(notification: Notification) -> str:
    """Return one line: what became of which alerts, and their level."""
    alerts = notification.alerts
    if len(alerts) == 1:
        (alert,) = alerts
        what = f"{alert.transition.capitalize()}, {alert.level.upper()}: {alert.segment_id}"
    else:
        worst = Level.worst(*(a.level for a in alerts))
        counts = Counter(a.transition for a in alerts)
        told = ", ".join(f"{n} {transition}" for transition, n in counts.items())
        borders = ", ".join(sorted({a.border_id for a in alerts}))
        what = f"{told}; worst {worst.upper()}: {borders}"
    return mark(notification.traffic) + what


def text(notification: Notification) -> str:
    """Return what is told of each alert; what is not real says so in its first line."""
    banner = BANNERS.get(notification.traffic)
    parts = [banner] if banner else []
    return "\n\n".join(parts + [_told(alert) for alert in notification.alerts]) + "\n"


def _told(alert: Alert) -> str:
    was = "" if alert.previous_level is alert.level else f", before {alert.previous_level}"
    return "\n".join(
        (
            " ".join(alert.headline.split()),
            f"Level: {alert.level}{was} ({alert.transition})",
            f"Where: {alert.segment_id}, border {border(alert.border_id)}",
            f"When: {_at(alert.recorded_at)}; the alert began {_at(alert.opened_at)}",
            # Reporters have a word in it: a line of theirs must not pass for one of ours.
            f"Why: {indent(alert.explanation, '  ').lstrip()}",
            f"Next: {advice(alert)}",
            f"Alert: {alert.alert_id}, message {alert.sequence}",
        )
    )


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
