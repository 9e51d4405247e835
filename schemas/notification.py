"""What a webhook receives: the JSON body of a notification."""

from typing import Literal

from pydantic import Field

from schemas.alert import Alert
from schemas.base import Contract, Moment, Name
from schemas.incident import Traffic


class NotificationData(Contract):
    """What one receiver is told at once."""

    receiver: Name = Field(description="The receiver's name in the routes.")
    traffic: Traffic = Field(description="Of all the alerts; only 'actual' is real.")
    group: dict[str, str] = Field(description="What the alerts have in common, by label.")
    alerts: tuple[Alert, ...] = Field(
        min_length=1, description="The latest transition of each; those that have ended come last."
    )


class WebhookNotification(Contract):
    """The body as Standard Webhooks has it; every attempt of one webhook-id sends the same bytes.

    Field by field that is ``type``, ``timestamp`` and ``data`` (Standard Webhooks 1.0, "Payload
    structure"); the identity of the notification is the header webhook-id.
    """

    type: Literal["forewarn.notification.v1"] = Field(
        default="forewarn.notification.v1",
        description="Its last part is the version of the data.",
    )
    timestamp: Moment = Field(
        description="When the latest transition was recorded; webhook-timestamp is the attempt's."
    )
    data: NotificationData
