"""What a channel is given and what it answers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from schemas.alert import Alert
from schemas.incident import Traffic


@dataclass(frozen=True, slots=True)
class Notification:
    """What one receiver is told at once: the latest transition of each alert of a group.

    Parameters
    ----------
    notification_id
        The same for every attempt, so that a receiver can drop repeats.
    receiver
        The name of the receiver in the routes.
    group
        What the alerts have in common, by label, e.g. ``{"border_id": "KGZ-TJK"}``.
    alerts
        At least one; those that have ended come last.
    trace
        The trace context that a receiver may go on with; None: there is none.
    """

    notification_id: str
    receiver: str
    traffic: Traffic
    group: dict[str, str]
    alerts: tuple[Alert, ...]
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It may succeed later; ``after`` is what the receiver asked to wait, if it did.

    ``reason`` never holds a secret or an address.
    """

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It will never succeed; ``disable`` says that the receiver wants nothing any more."""

    reason: str
    disable: bool = False


Outcome = Delivered | TryAgain | GivenUp


class Channel(Protocol):
    """One way out. It is safe to send the same notification again."""

    async def send(self, notification: Notification) -> Outcome:
        """Hand over a notification; whatever goes wrong with the receiver is an outcome."""

    async def close(self) -> None:
        """Let go of connections."""
