"""When a notification is tried again, when it is given up, and what has overtaken it meanwhile."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from models.domain.notifying.look import Ref

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after the one before each attempt is made: the schedule of the Standard Webhooks
specification (section on retries), ten attempts within about three days."""

JITTER = 0.1
"""By how much of itself a delay may be longer, so that not all is tried at once."""

_ASKED = timedelta(hours=24)
"""How long a receiver may ask to be left alone at most."""

LONGEST = max(_ASKED, DELAYS[-1] * (1 + JITTER))
"""How long anything waits for its next attempt at most."""


def next_attempt(
    notification_id: str, channel: str, made: int, moment: datetime, asked: timedelta | None = None
) -> datetime | None:
    """Return when to try again after ``made`` attempts; None: it is given up.

    Parameters
    ----------
    asked
        How long the receiver asked to wait, if it did: it is never tried sooner, nor kept waiting
        for more than a day.
    """
    if made >= len(DELAYS):
        return None
    delay = DELAYS[made] * (1 + JITTER * _share(notification_id, channel, made))
    return moment + max(delay, min(asked or timedelta(0), _ASKED))


def overtaken(shows: Iterable[Ref], later: Iterable[Ref]) -> frozenset[str]:
    """Return the alerts in ``shows`` of which ``later`` has a later transition."""
    shown = dict(shows)
    return frozenset(alert for alert, sequence in later if sequence > shown.get(alert, sequence))


def _share(notification_id: str, channel: str, made: int) -> float:
    """Return a share from 0 to 1 that follows from the attempt alone: a replay finds the same."""
    digest = hashlib.sha256(f"{notification_id} {channel} {made}".encode()).digest()
    return int.from_bytes(digest[:4]) / 0xFFFFFFFF
