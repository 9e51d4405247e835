"""Makes of the configuration what the stages ask: the plan of routes, and each one's channels."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from models.domain.notifying import routes as domain
from models.domain.notifying.quiet_hours import QuietHours
from schemas.assessment import Level
from schemas.incident import Traffic
from services.notifier.advice import unknown
from services.notifier.config import DAYS, BadConfig, Config, Quiet, Route, Then

HEARTBEAT = "heartbeat:"
"""What the names of the routes begin with that every receiver marked for heartbeats has."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The configuration, checked as a whole.

    Parameters
    ----------
    channels
        Of each receiver, the names of its channels: the kind, and from the second one of a kind on
        its number, so that one that is added renames none.
    """

    plan: domain.Plan
    channels: Mapping[str, tuple[str, ...]]
    config: Config

    @property
    def places(self) -> list[tuple[str, str]]:
        """Every channel of every receiver."""
        return [(r, channel) for r, channels in self.channels.items() for channel in channels]

    @property
    def marks(self) -> dict[tuple[str, str], str]:
        """What tells of each channel, by its place, whether it is another one than before."""
        found = {}
        for receiver, names in self.channels.items():
            given = self.config.receivers[receiver].channels
            for name, content in zip(names, given, strict=True):
                written = json.dumps(content, sort_keys=True, default=str)
                found[receiver, name] = hashlib.sha256(written.encode()).hexdigest()[:16]
        return found

    @property
    def watching(self) -> list[str]:
        """The receivers that are told of heartbeats."""
        marks = self.plan.marks.items()
        return sorted(name for name, traffic in marks if Traffic.HEARTBEAT in traffic)


def setup(config: Config) -> Setup:
    """Return the plan of a configuration.

    Raises
    ------
    BadConfig
        A name leads nowhere, two routes have one name, or a route and its receiver do not agree.
    """
    faults = list(_faults(config))
    if faults:
        raise BadConfig("; ".join(faults))
    quiet = {name: _quiet(hours) for name, hours in config.quiet_hours.items()}
    marks = {name: frozenset(r.traffic) for name, r in config.receivers.items()}
    told = [_route(given, quiet) for given in config.routes]
    beats = [_heartbeats(name) for name, m in sorted(marks.items()) if Traffic.HEARTBEAT in m]
    channels = {name: _named(r.channels) for name, r in config.receivers.items()}
    return Setup(domain.Plan((*beats, *told), marks), channels, config)


def _named(channels: tuple[dict[str, object], ...]) -> tuple[str, ...]:
    kinds = [str(channel.get("kind", "channel")) for channel in channels]
    numbers = [kinds[: n + 1].count(kind) for n, kind in enumerate(kinds)]
    return tuple(k if n == 1 else f"{k}-{n}" for k, n in zip(kinds, numbers, strict=True))


def _faults(config: Config) -> Iterator[str]:
    names = [route.name or route.receiver for route in config.routes]
    for n, route in enumerate(config.routes):
        at = f"routes[{n}]"
        if names.index(names[n]) != n:
            yield f"{at}.name: found {names[n]!r} twice; give each route a name of its own"
        for hours in route.quiet_hours:
            if hours not in config.quiet_hours:
                yield unknown(f"{at}.quiet_hours", hours, "name of quiet hours", config.quiet_hours)
        yield from _receivers_of(config, route, at)
    every, patience = config.heartbeat_every, config.heartbeat_patience
    if every and patience >= every:
        yield (
            f"heartbeat_patience: found {patience}; expected less than heartbeat_every, {every}: "
            "one must be back, or missed, before the next is sent"
        )


def _receivers_of(config: Config, route: Route, at: str) -> Iterator[str]:
    """Yield what is wrong with whom a route tells, and with who takes over."""
    if route.receiver not in config.receivers:
        yield unknown(f"{at}.receiver", route.receiver, "receiver", config.receivers)
    step: Route | Then = route
    while True:
        yield from _marked(config, step.receiver, route.traffic, at)
        if (step.then is None) != (step.unless_acknowledged_within is None):
            yield f"{at}: unless_acknowledged_within and then go together; give both or neither"
        if step.then is None:
            return
        at = f"{at}.then"
        step = step.then
        if step.receiver not in config.receivers:
            yield unknown(at, step.receiver, "receiver", config.receivers)


def _marked(config: Config, receiver: str, traffic: tuple[Traffic, ...], at: str) -> Iterator[str]:
    marks = config.receivers[receiver].traffic if receiver in config.receivers else traffic
    for kind in traffic:
        if kind not in marks:
            yield (
                f"{at}.traffic: found {kind.value!r}, which {receiver!r} is not marked for; "
                f"add it to receivers.{receiver}.traffic, or name another receiver"
            )


def _route(given: Route, quiet: Mapping[str, QuietHours]) -> domain.Route:
    name = given.name or given.receiver
    return domain.Route(
        name=name,
        receiver=given.receiver,
        borders=given.borders,
        segments=given.segments,
        level=given.level,
        traffic=given.traffic,
        goes_on=given.goes_on,
        group_by=given.group_by,
        group_wait=given.group_wait,
        group_interval=given.group_interval,
        repeat_interval=given.repeat_interval,
        at_once_from=given.at_once_from,
        quiet=tuple(quiet[hours] for hours in given.quiet_hours),
        unless_acknowledged_within=given.unless_acknowledged_within,
        then=_then(name, given.then, given),
    )


def _then(name: str, step: Then | None, of: Route) -> domain.Route | None:
    """Return the route that takes over: at once, and also in quiet hours."""
    if step is None:
        return None
    called = f"{name}>{step.receiver}"
    return domain.Route(
        name=called,
        receiver=step.receiver,
        level=Level.NORMAL,
        traffic=of.traffic,
        group_by=of.group_by,
        group_wait=timedelta(0),
        group_interval=of.group_interval,
        repeat_interval=of.repeat_interval,
        at_once_from=of.at_once_from,
        unless_acknowledged_within=step.unless_acknowledged_within,
        then=_then(called, step.then, of),
    )


def _quiet(given: Quiet) -> QuietHours:
    days = tuple(DAYS.index(day) for day in given.days)
    return QuietHours(given.zone, days, given.begins, given.ends, given.below)


def _heartbeats(receiver: str) -> domain.Route:
    """Return the route of heartbeats to a receiver that is marked for them."""
    return domain.Route(
        name=f"{HEARTBEAT}{receiver}",
        receiver=receiver,
        level=Level.NORMAL,
        traffic=(Traffic.HEARTBEAT,),
        goes_on=True,
        group_by=("segment_id",),
        group_wait=timedelta(0),
        group_interval=timedelta(seconds=1),
        repeat_interval=None,
    )
