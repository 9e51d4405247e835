"""Runs the stages over alerts at their own times, and says what would be told; nothing is sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from models.domain.notifying.desk import Desk, Kept, Notice
from models.domain.notifying.routes import Plan, message
from models.domain.notifying.stages import hear, settle
from models.domain.notifying.why import Why
from schemas.alert import Alert
from schemas.topics import ALERTS
from schemas.versions import decode
from services.faults import Fault
from services.notifier.setup import HEARTBEAT

TAIL = timedelta(days=1)
"""How long after the last alert time goes on: longer than any quiet hours."""


class BadAlert(Fault):
    """A line of the file is no alert."""


def read(path: Path) -> list[Alert]:
    """Return the alerts of a file, one event a line, in the order of their times.

    Raises
    ------
    BadAlert
        With the number of the line.
    """
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(decode(ALERTS, line).data)
        except ValueError as error:
            why = str(error).splitlines()[0]
            raise BadAlert(f"{path}, line {number}: expected an alert event; {why}") from error
    return found


def rehearse(plan: Plan, alerts: Iterable[Alert]) -> Iterator[str]:
    """Yield what each stage makes of ``alerts``, in order of time, with the reason by name."""
    desk = Desk()
    next_at: datetime | None = None
    last: datetime | None = None
    for alert in sorted(alerts, key=lambda a: a.recorded_at):
        last = alert.recorded_at
        while next_at is not None and next_at < last:
            lines, next_at = _settled(desk, plan, next_at)
            yield from lines
        yield f"{_time(last)} alert {_named(alert)}"
        for route, why in hear(desk, plan, message(alert), last):
            if why is not Why.OTHER_TRAFFIC or not route.startswith(HEARTBEAT):
                yield f"{'':20} route {route!r}: {why}"
        lines, next_at = _settled(desk, plan, last)
        yield from lines
    while next_at is not None and last is not None and next_at <= last + TAIL:
        lines, next_at = _settled(desk, plan, next_at)
        yield from lines


def _settled(desk: Desk, plan: Plan, moment: datetime) -> tuple[list[str], datetime | None]:
    notices, kept, next_at = settle(desk, plan, moment)
    lines = [f"{_time(moment)} kept back {_held(one)}" for one in kept]
    return [*lines, *(f"{_time(moment)} TELL {_noticed(one)}" for one in notices)], next_at


def _noticed(one: Notice) -> str:
    shown = ", ".join(f"{alert_id}:{sequence}" for alert_id, sequence in one.shows)
    return f"{one.key.receiver} by {one.key.route!r}: {one.why}: {shown} ({one.notification_id})"


def _held(one: Kept) -> str:
    held = one.held
    alert_id, sequence = held.ref
    by = f" by {held.by}" if held.by else ""
    until = f" until {_time(held.until)}" if held.until else ""
    return (
        f"{alert_id}:{sequence} from {one.key.receiver} by {one.key.route!r}: {held.why}{by}{until}"
    )


def _named(alert: Alert) -> str:
    return f"{alert.alert_id}:{alert.sequence} {alert.transition} {alert.level} ({alert.traffic})"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
