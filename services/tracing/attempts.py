"""Tells of each attempt to deliver a notification, where the trace of an alert in it is sampled."""

from dataclasses import replace

from schemas.delivery import Delivery, DeliveryOutcome
from services.notifier.measured import failure
from services.notifier.notification import Notification
from services.notifier.outbox import Item
from services.tracing import context
from services.tracing.spans import UNTOLD, Kind, Said, Span, Spans


def begun(spans: Spans, item: Item) -> tuple[Span, Notification]:
    """Begin an attempt; return its span, and the notification with the trace that goes on.

    A notification of several alerts goes on with the trace of the first that has one, and is
    linked to the others.
    """
    told = item.notification
    first, others = (item.traces[0], item.traces[1:]) if item.traces else (None, ())
    wanted = first is not None and context.is_sampled(first)
    said: Said = {
        "forewarn.notification_id": told.notification_id,
        "forewarn.receiver": told.receiver,
        "forewarn.channel": item.channel,
        "forewarn.attempt": item.attempts + 1,
        "forewarn.alert_ids": list(dict.fromkeys(alert_id for alert_id, _ in item.tells)),
    }
    name = f"deliver {item.channel}"
    span = (spans if wanted else UNTOLD).begin(name, Kind.CLIENT, first, said, others)
    return span, replace(told, trace=span.trace)


def ended(span: Span, told: Delivery) -> None:
    """Say what came of an attempt: by its kind, since words may be long."""
    span.tell({"forewarn.outcome": told.outcome.value})
    delivered = told.outcome is DeliveryOutcome.DELIVERED
    span.end(None if delivered else failure(told.reason or ""))
