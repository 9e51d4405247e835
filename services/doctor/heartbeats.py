"""Whether heartbeats come back: the whole way from a report to the notifier is open."""

from datetime import datetime, timedelta

from models.domain.durations import in_words
from models.domain.notifying.heartbeats import Pulse
from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, failed, not_applicable, ok, warning
from services.doctor.looking import NotThere, looking
from services.ledger import migrate
from services.ledger.database import place, reading
from services.notifier import command, pulses
from services.notifier.place import NOTIFIER

_RUN = "start it: forewarn notifier run"


async def check(case: Case) -> Finding:
    """Look at what the notifier has kept of its heartbeats."""
    settings = case.settings
    if settings.notifier.config is None:
        return not_applicable("no notifier is set up")
    setup = await aside(lambda: command.ready(settings))
    every, patience = setup.config.heartbeat_every, setup.config.heartbeat_patience
    if not every or not setup.watching:
        return not_applicable("none are sent: nobody is told of them")
    where = place(settings.notifier.url, settings.data_dir, NOTIFIER)

    def kept() -> Pulse:
        try:
            with looking(where) as engine, reading(engine) as connection:
                there = migrate.current(connection, NOTIFIER.schema)
                return pulses.load(connection) if there else Pulse()
        except NotThere:
            return Pulse()

    return judge(await aside(kept), case.clock(), every, patience)


def judge(pulse: Pulse, now: datetime, every: timedelta, patience: timedelta) -> Finding:
    """Return whether the last heartbeats were sent in time, and came back in time."""
    if pulse.sent_at is None:
        return warning("none was ever sent", _RUN)
    since = pulse.broken_since or pulse.waiting_since
    if pulse.broken_since is not None or (since is not None and now - since > patience):
        told = f"none has come back since {since:%Y-%m-%d %H:%M:%S} UTC"
        return failed(told, "see docs/runbooks.md, ForewarnNoHeartbeat")
    ago = in_words(timedelta(seconds=round(max(0.0, (now - pulse.sent_at).total_seconds()))))
    if now - pulse.sent_at > 2 * every:
        return failed(f"the notifier sent the last one {ago} ago; expected every {every}", _RUN)
    way = "came back" if since is None else "is under way"
    return ok(f"the last one was sent {ago} ago, and {way}")
