"""What ``forewarn notifier`` does: runs, checks, shows who is told, and puts things right."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from sqlalchemy import select, update

from models.domain.durations import in_words
from models.domain.notifying.desk import Desk
from models.domain.notifying.routes import Message, Plan, Route
from models.domain.notifying.stages import hear
from models.domain.notifying.why import Why
from schemas.alert import Alert, Transition
from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.segment import Segment
from schemas.topics import ALERTS
from schemas.versions import decode
from services import logs
from services.borders import load_segments
from services.faults import Fault
from services.ledger.database import reading, writing
from services.log import reader
from services.metrics.meters import Meters
from services.metrics.serving import served
from services.metrics.table import Process
from services.moments import utc_now
from services.notifier import closed, config, outbox, place, rehearsal, service, tables, wire
from services.notifier.advice import nearest, unknown
from services.notifier.heartbeat import Heart
from services.notifier.measured import Measured, Waiting
from services.notifier.setup import HEARTBEAT, Setup, setup
from services.notifier.store import Store
from services.notifier.ways import OurWays, Ways
from services.settings import Settings
from services.terminal import Terminal
from services.tracing.opening import opened
from services.version import version


class NotThere(Fault):
    """What is named is not there."""


def ready(settings: Settings, ways: Ways | None = None) -> Setup:
    """Return the configuration, with the channels checked too."""
    found = setup(config.load(settings))
    for name, receiver in found.config.receivers.items():
        for number, given in enumerate(receiver.channels):
            (ways or OurWays()).read(given, f"receivers.{name}.channels[{number}]")
    return found


async def run(settings: Settings, console: Terminal, *, afresh: bool = False) -> None:
    """Notify until Ctrl-C; ``afresh``: with an empty database, for a broker that forgets."""
    logs.as_lines()
    found = ready(settings)
    segments = {s.segment_id: s for s in load_segments(settings.borders, settings.segment_km)}
    segment = beating(found, segments)
    engine = place.opened(settings, create=True)
    try:
        async with wire.connected(settings.kafka) as (source, publisher):
            console.say(f"telling {', '.join(sorted(found.channels))}; Ctrl-C ends")
            store = Store(engine, found)
            parts, clock = settings.kafka.partitions, utc_now
            heart = Heart(store, publisher, segment, parts, clock) if segment else None
            with opened(Process.NOTIFIER) as spans, _measured(settings, store) as measured:
                await service.notify(
                    store, source, publisher, OurWays(), segments, console.say,
                    heart, afresh, measured, spans,
                )  # fmt: skip
    finally:
        engine.dispose()


@contextmanager
def _measured(settings: Settings, store: Store) -> Iterator[Measured]:
    """Serve the metrics, where the settings want any."""
    meters = Meters(Process.NOTIFIER, version())
    measured = Measured(meters)
    places = [(receiver, name) for receiver, ways in store.setup.channels.items() for name in ways]
    meters.registry.register(Waiting(store, places))
    with served(settings.metrics, meters, measured.why_not):
        yield measured


def beating(found: Setup, segments: dict[str, Segment]) -> Segment | None:
    """Return where heartbeats are reported; None: none are sent, since nobody watches them."""
    if not found.config.heartbeat_every or not found.watching:
        return None
    named = found.config.heartbeat_segment or min(segments)
    if named not in segments:
        raise config.BadConfig(
            f"heartbeat_segment: found {named!r}; expected one of: forewarn segments list"
        )
    return segments[named]


def check(settings: Settings, console: Terminal, ways: Ways | None = None) -> None:
    """Show the routes as they are asked, or say what is wrong with the configuration."""
    found = ready(settings, ways)
    for line in _tree(found):
        console.say(line)


def _tree(found: Setup) -> Iterator[str]:
    for name, channels in sorted(found.channels.items()):
        traffic = ", ".join(sorted(found.plan.marks[name]))
        yield f"receiver {name}: {', '.join(channels)}; {traffic}"
    for route in found.plan.routes:
        if not route.name.startswith(HEARTBEAT):
            yield f"route {route.name}: {_asks(route)}"
            yield f"  -> {route.receiver}{', and the next routes' if route.goes_on else ''}"
            yield f"  {_timing(route)}"
            yield from _taking_over(route)
    if found.config.heartbeat_every and found.watching:
        every = in_words(found.config.heartbeat_every)
        yield f"heartbeats: every {every} -> {', '.join(found.watching)}"


def _asks(route: Route) -> str:
    where = ", ".join((*route.borders, *route.segments)) or "every border"
    traffic = ", ".join(route.traffic)
    return f"{where}; {route.level} or worse; {traffic}"


def _timing(route: Route) -> str:
    by = ", ".join(route.group_by) or "nothing: all together"
    again = in_words(route.repeat_interval) if route.repeat_interval else "never"
    quiet = f"; {len(route.quiet)} quiet hours" if route.quiet else ""
    return (
        f"grouped by {by}; first after {in_words(route.group_wait)}, then every "
        f"{in_words(route.group_interval)}, repeated after {again}{quiet}"
    )


def _taking_over(route: Route) -> Iterator[str]:
    if route.then is not None and route.unless_acknowledged_within is not None:
        within = in_words(route.unless_acknowledged_within)
        yield f"  unless acknowledged within {within} -> {route.then.receiver}"
        yield from _taking_over(route.then)


def routes(
    settings: Settings, segment: str, level: Level, traffic: Traffic, console: Terminal
) -> None:
    """Show who would be told of an alert on a segment, and why the others would not."""
    plan = ready(settings).plan
    table = Table("route", "receiver", "told", "why")
    for name, why in asked(plan, segment, level, traffic):
        route = plan.route(name)
        if route is not None and not (name.startswith(HEARTBEAT) and why is not Why.MATCHED):
            told = "yes" if why is Why.MATCHED else "no"
            table.add_row(name, route.receiver, told, why)
    console.print(table)


def asked(plan: Plan, segment: str, level: Level, traffic: Traffic) -> list[tuple[str, Why]]:
    """Return of each route whether it would take an alert that is raised now."""
    border = "-".join(segment.split("-")[:2])
    now = datetime.now(UTC)
    told = Message(
        "alert",
        1,
        segment,
        border,
        traffic,
        Transition.RAISED,
        level,
        Level.NORMAL,
        False,
        None,
        now,
    )
    return hear(Desk(), plan, told, now)


async def dry_run(settings: Settings, file: Path | None, console: Terminal) -> None:
    """Say what would be told of the alerts of a file, or of the topic, to whom, when, and why."""
    plan = ready(settings).plan
    alerts = rehearsal.read(file) if file is not None else await _on_the_topic(settings)
    for line in rehearsal.rehearse(plan, alerts):
        console.say(line)


async def _on_the_topic(settings: Settings) -> list[Alert]:
    async with reader(settings.kafka) as log:
        ends = await log.ends(ALERTS)
        batches = [batch async for batch in log.read(ALERTS, ends)]
    return [decode(ALERTS, r.value or b"").data for batch in batches for r in batch]


def pending(settings: Settings, console: Terminal) -> None:
    """Show what is still to be sent, what was given up, and which channels are disabled."""
    engine = place.opened(settings)
    box, off = tables.outbox, tables.disabled
    with reading(engine) as connection:
        order = (box.c.created_at, box.c.notification_id, box.c.channel)
        wanted = select(box).where(box.c.state != outbox.DELIVERED).order_by(*order)
        rows, disabled = connection.execute(wanted).all(), connection.execute(select(off)).all()
    engine.dispose()
    if not rows:
        console.say("nothing is waiting, and nothing was given up")
    table = Table("notification", "receiver", "channel", "state", "attempts", "next", "reason")
    for row in rows:
        at = f"{row.next_attempt_at:%Y-%m-%d %H:%M:%S}" if row.state == outbox.PENDING else ""
        shown = (row.notification_id, row.receiver, row.channel, row.state, str(row.attempts))
        table.add_row(*shown, at, row.reason or "")
    if rows:
        console.print(table)
    for row in disabled:
        since = f"{row.since:%Y-%m-%d %H:%M}"
        console.say(f"disabled since {since}: {row.receiver}, {row.channel}: {row.reason}")


def redeliver(settings: Settings, notification_id: str, console: Terminal) -> None:
    """Send a notification again, on every channel of its receiver, with the same id.

    Raises
    ------
    NotThere
        There is none of that id.
    """
    engine, box = place.opened(settings), tables.outbox
    now = datetime.now(UTC)
    # It is of now: what was told meanwhile has not overtaken it.
    again = {"state": outbox.PENDING, "attempts": 0, "created_at": now, "next_attempt_at": now}
    with writing(engine) as connection:
        found = connection.execute(
            update(box).where(box.c.notification_id == notification_id).values(again)
        )
        known = () if found.rowcount else connection.scalars(select(box.c.notification_id)).all()
    engine.dispose()
    if not found.rowcount:
        msg = (
            f"notification {notification_id!r}: there is none of that id"
            f"{nearest(notification_id, known)}; what was settled is kept for as long as keep_for "
            "says. What waits or was given up is listed by: forewarn notifier pending"
        )
        raise NotThere(msg)
    console.say(f"{notification_id}: to be sent again on {found.rowcount} channel(s)")


def enable(settings: Settings, receiver: str, console: Terminal) -> None:
    """Let a receiver's channels be sent to again; what they missed is listed and not sent.

    Raises
    ------
    NotThere
        None of them is disabled.
    """
    engine, box = place.opened(settings), tables.outbox
    with writing(engine) as connection:
        known = {name for name, _ in closed.every(connection)}
        closed.enable(connection, receiver)
        missed = connection.scalars(
            select(box.c.notification_id)
            .where(box.c.receiver == receiver, box.c.state == outbox.DISABLED)
            .distinct()
        ).all()
    engine.dispose()
    if receiver not in known:
        raise NotThere(unknown("receiver", receiver, "receiver with disabled channels", known))
    console.say(f"{receiver}: enabled; {len(missed)} notifications were not sent meanwhile")
    for name in missed:
        console.say(f"  forewarn notifier redeliver {name}")


def reread(settings: Settings, console: Terminal) -> None:
    """Let the next run read the alerts from their beginning, and say so."""
    engine = place.opened(settings)
    place.reread(engine, settings.kafka.partitions)
    engine.dispose()
    console.say("the next run reads the alerts from their beginning")
