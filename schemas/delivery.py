"""What came of one attempt to deliver a notification on one channel."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Contract, Identifier, Moment, Name, Text
from schemas.incident import Traffic


class DeliveryOutcome(StrEnum):
    """How a notification fared."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    FAILED = "failed"
    INHIBITED = "inhibited"
    SILENCED = "silenced"
    DISABLED = "disabled"


class AlertRef(Contract):
    """One transition of one alert."""

    alert_id: Identifier
    sequence: int = Field(ge=1)


class Delivery(Contract):
    """One attempt on one channel, or why there was none; it never holds an address or a secret."""

    schema_version: Literal[1] = 1
    notification_id: Identifier = Field(
        description="The same for every attempt: what receivers drop repeats by."
    )
    receiver: Name
    channel: Name = Field(description="The receiver's channel, e.g. 'webhook'.")
    traffic: Traffic
    alerts: tuple[AlertRef, ...] = Field(description="What the notification tells of.")
    attempt: int = Field(ge=0, description="1 for the first; 0 where none was made.")
    outcome: DeliveryOutcome
    reason: Text | None = Field(default=None, description="Why not delivered, without secrets.")
    recorded_at: Moment
    next_attempt_at: Moment | None = None
