"""Whether the way from a report to a receiver is open: when to send, and what to say of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Beat(StrEnum):
    """What is to be done about heartbeats now."""

    SEND = "send"
    TELL_BROKEN = "tell-broken"
    TELL_OPEN = "tell-open"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the heartbeats stand.

    Parameters
    ----------
    incident_id
        The report that the last heartbeat is; None: none was sent yet.
    sent_at
        When it was sent, or when that was last tried.
    waiting_since
        When the first of those was sent that have not come back; None: all have.
    broken_since
        Since when the receivers have been told that the way is broken; None: they have not.
    """

    incident_id: str | None = None
    sent_at: datetime | None = None
    waiting_since: datetime | None = None
    broken_since: datetime | None = None

    def sent(self, incident_id: str, moment: datetime) -> "Pulse":
        """Return the pulse after one more heartbeat was sent."""
        since = min(self.waiting_since or moment, moment)
        return Pulse(incident_id, moment, since, self.broken_since)

    def came_back(self, incident_id: str) -> "Pulse":
        """Return the pulse after a heartbeat came back; one before the last changes nothing."""
        return replace(self, waiting_since=None) if incident_id == self.incident_id else self


def beat(pulse: Pulse, moment: datetime, every: timedelta, patience: timedelta) -> Beat:
    """Return what is to be done now, the most urgent first; ``every`` of zero sends none.

    One that was sent later than now was sent by a clock that ran ahead: it does not count.
    """
    if pulse.broken_since is not None and pulse.waiting_since is None:
        return Beat.TELL_OPEN
    if not every:
        return Beat.WAIT
    late = pulse.waiting_since is not None and moment - pulse.waiting_since >= patience
    if late and pulse.broken_since is None:
        return Beat.TELL_BROKEN
    if pulse.sent_at is None or not timedelta(0) <= moment - pulse.sent_at < every:
        return Beat.SEND
    return Beat.WAIT
