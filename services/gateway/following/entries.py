"""An alert as readers are told of it: its event, written once for all of them."""

from dataclasses import dataclass

from schemas.alert import Alert
from schemas.event import AlertEvent
from schemas.topics import ALERTS
from schemas.versions import decode
from services.gateway.following.pages import Stored
from services.gateway.following.position import Codec, Position
from services.ledger.redact import redact


@dataclass(frozen=True, slots=True)
class Told:
    """An alert, the position after it, and its event on the wire."""

    alert: Alert
    after: Position
    wire: bytes


def shown(value: bytes) -> AlertEvent:
    """Return the CloudEvent that a row was made from, without its classified fields."""
    event: AlertEvent = decode(ALERTS, value)
    return redact(event)


def told(stored: Stored, codec: Codec) -> Told:
    """Return what readers are told of an alert."""
    event = shown(stored.value)
    wire = (
        f"id: {codec.encode(stored.after)}\n"
        f"event: {event.data.transition.value}\n"
        f"data: {event.model_dump_json()}\n\n"
    )
    return Told(event.data, stored.after, wire.encode())
