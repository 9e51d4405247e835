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
    incident_id, revision
        The report that the last heartbeat is; None and 0: none was sent yet.
    sent_at
        When it was sent, or when that was last tried.
    waiting_since
        When the first of those was sent that have not come back; None: all have.
    broken_since
        Since when the receivers have been told that the way is broken; None: they have not.
    """

    incident_id: str | None = None
    revision: int = 0
    sent_at: datetime | None = None
    waiting_since: datetime | None = None
    broken_since: datetime | None = None

    def sent(self, incident_id: str, moment: datetime) -> "Pulse":
        """Return the pulse after one more heartbeat, a further revision of its day's incident.

        The revision in between takes the one before it back.
        """
        since = self.waiting_since or moment
        revision = self.revision + 2 if incident_id == self.incident_id else 1
        return Pulse(incident_id, revision, moment, since, self.broken_since)

    def came_back(self, incident_id: str, revision: int) -> "Pulse":
        """Return the pulse after a heartbeat came back; one before the last changes nothing."""
        if (incident_id, revision) != (self.incident_id, self.revision):
            return self
        return replace(self, waiting_since=None)


def beat(pulse: Pulse, moment: datetime, every: timedelta, patience: timedelta) -> Beat:
    """Return what is to be done now, the most urgent first; ``every`` of zero sends none."""
    if pulse.broken_since is not None and pulse.waiting_since is None:
        return Beat.TELL_OPEN
    if not every:
        return Beat.WAIT
    late = pulse.waiting_since is not None and moment - pulse.waiting_since >= patience
    if late and pulse.broken_since is None:
        return Beat.TELL_BROKEN
    if pulse.sent_at is None or moment - pulse.sent_at >= every:
        return Beat.SEND
    return Beat.WAIT
