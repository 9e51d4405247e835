"""Webhooks, signed as Standard Webhooks 1.0 asks."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from schemas.notification import NotificationData, WebhookNotification
from services.moments import Clock, utc_now
from services.notifier.channels.posting import Poster
from services.notifier.notification import GivenUp, Notification, Outcome, TryAgain
from services.tracing.context import TRACEPARENT

_GONE = 410


class WebhookChannel:
    """Posts each notification as JSON.

    Parameters
    ----------
    secrets
        Each signs: a receiver goes over from an old secret to a new one at a time of its own.
    """

    def __init__(
        self, poster: Poster, secrets: Sequence[SecretStr], clock: Clock = utc_now
    ) -> None:
        self._poster = poster
        self._signers = [Webhook(secret.get_secret_value()) for secret in secrets]
        self._clock = clock

    async def send(self, notification: Notification) -> Outcome:
        """Post it. Only 2xx is delivered, and only 410 Gone ends it, as the specification says."""
        content = body(notification)
        headers = self._headers(notification.notification_id, content)
        if notification.trace is not None:
            headers[TRACEPARENT] = notification.trace
        answer = await self._poster.post(content, headers)
        if isinstance(answer, TryAgain):
            return answer
        if answer.status == _GONE:
            return GivenUp("the receiver answered 410 Gone: it wants no more", disable=True)
        return answer.outcome()

    async def close(self) -> None:
        """Close all connections."""
        await self._poster.close()

    def _headers(self, message_id: str, content: bytes) -> dict[str, str]:
        at: datetime = self._clock()
        text = content.decode()
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(s.sign(message_id, at, text) for s in self._signers),
        }


def body(notification: Notification) -> bytes:
    """Return what is posted: the same bytes at every attempt."""
    content = WebhookNotification(
        timestamp=max(alert.recorded_at for alert in notification.alerts),
        data=NotificationData(
            receiver=notification.receiver,
            traffic=notification.traffic,
            group=notification.group,
            alerts=notification.alerts,
        ),
    )
    return content.model_dump_json().encode()
