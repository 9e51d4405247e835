"""From alerts to notifications: match, inhibit, silence, group, dedupe, each with its reason.

Nothing here sends, waits or reads a clock: whoever calls says what moment it is, hears alerts with
``hear`` and asks with ``settle`` what is to be told now and when to ask again.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from models.domain.notifying.desk import Desk, Kept, Notice, notification_id
from models.domain.notifying.groups import Entry, Group, Key, begun, settled
from models.domain.notifying.holds import Known, Overall, first_heard, overall
from models.domain.notifying.look import Held, Look, Ref, Telling, look
from models.domain.notifying.routes import Message, Plan, Route, asked, labels
from models.domain.notifying.why import Why

MOST_SHOWN = 200
"""How many alerts a notification shows at most: no reader or receiver takes in any number."""


def hear(
    desk: Desk, plan: Plan, message: Message, moment: datetime, *, history: bool = False
) -> list[tuple[str, Why]]:
    """Take in one transition; return of each route by name why it takes it or does not.

    Parameters
    ----------
    history
        The transition was there before the notifier first read the log: what is over is not told,
        what is open is told as it stands.
    """
    before = desk.alerts.get(message.alert_id)
    if before is not None and message.sequence <= before.latest.sequence:
        return [(route.name, Why.REPEATED) for route in plan.routes]
    known = before.hears(message) if before is not None else first_heard(message)
    desk.know(known)
    verdicts = list(_taking(desk, plan, known, over=before is not None and before.ended))
    if history and known.ended:
        _forget(desk, message.alert_id)
        return [(r.name, Why.BEFORE_THE_START if k else why) for r, k, why in verdicts]
    for route, key, _ in verdicts:
        if key is not None:
            _admit(desk, key, route, message, moment, only=history)
    return [(route.name, why) for route, _, why in verdicts]


def reconsider(desk: Desk, plan: Plan, moment: datetime) -> None:
    """Ask the routes about every open alert anew, since they may have changed.

    A receiver that has been told of an alert is told again of what is unchanged in its time, and
    by one group alone.
    """
    desk.wake()
    for known in [k for k in desk.alerts.values() if not k.ended]:
        message = known.latest
        for route, key, _ in list(_taking(desk, plan, known, over=False)):
            if key is None or _holding(desk, plan, key.receiver, message.alert_id):
                continue
            _admit(desk, key, route, message, moment)
            told = desk.told_to(key.receiver, message.alert_id)
            if told >= message.sequence:
                entry = Entry(message).after_telling(told, moment)
                group = desk.groups[key].put(entry)
                # The group may have been there before: it numbers its repeats as it never did.
                desk.put(replace(group, repeats=max(group.repeats, int(moment.timestamp()))))
    for group in list(desk.groups.values()):
        _reopen(desk, plan, group)


def _reopen(desk: Desk, plan: Plan, group: Group) -> None:
    """Let what was passed on to whom the route no longer names be passed on again."""
    route = _stands(plan, group.key)
    if route is None or route.then is None:
        return
    passed = [entry for entry in group.entries if entry.passed_on]
    gone = [e for e in passed if _key(route.then, e.latest) not in desk.holding(e.alert_id)]
    if gone:
        desk.put(group.put(*(replace(entry, passed_on=False) for entry in gone)))


def _holding(desk: Desk, plan: Plan, receiver: str, alert_id: str) -> bool:
    holding = desk.holding(alert_id)
    return any(key.receiver == receiver and _stands(plan, key) for key in holding)


def settle(
    desk: Desk, plan: Plan, moment: datetime
) -> tuple[list[Notice], list[Kept], datetime | None]:
    """Return what is to be told now, what is kept back, and when to ask again (None: no need).

    Groups that have nothing more to tell are forgotten.
    """
    notices: list[Notice] = []
    kept: list[Kept] = []
    borders = overall(desk.wide.values())
    for key in desk.wanting(moment):
        route = _stands(plan, key)
        if route is None:
            kept += _abandoned(desk.groups[key])
            desk.drop(key)
            continue
        found = _looked(desk, key, route, borders, moment)
        kept += [Kept(notification_id(key, [h.ref]), key, h) for h in found.held]
        if found.telling is not None:
            notices += _told(desk, key, found.telling)
        for message in found.passed_on:
            _pass_on(desk, route, message, moment)
    return notices, kept, desk.next_at()


def _taking(
    desk: Desk, plan: Plan, known: Known, *, over: bool
) -> Iterator[tuple[Route, Key | None, Why]]:
    """Yield every route with the group that takes the latest transition, if one does, and why.

    Parameters
    ----------
    over
        The alert had ended before it.
    """
    message = known.latest
    keys = desk.keys_of(message.alert_id)
    follows = {key.route: key for key in keys if _stands(plan, key)}
    for route, why in asked(plan, message, known.worst):
        if route.name in follows:
            yield route, follows.pop(route.name), Why.FOLLOWED
        elif why is Why.MATCHED:
            yield (route, None, Why.NEVER_TOLD) if over else (route, _key(route, message), why)
        else:
            yield route, None, why
    for name, key in follows.items():
        if (then := plan.route(name)) is not None:
            yield then, key, Why.FOLLOWED


def _stands(plan: Plan, key: Key) -> Route | None:
    """Return the route of a group, unless it has changed to whom and how it tells since."""
    route = plan.route(key.route)
    if route is None or route.receiver != key.receiver:
        return None
    same = tuple(name for name, _ in key.labels) == route.group_by
    return route if same and plan.may_reach(key.receiver, key.traffic) else None


def _key(route: Route, message: Message) -> Key:
    return Key(route.name, route.receiver, message.traffic, labels(route, message))


def _admit(
    desk: Desk, key: Key, route: Route, message: Message, moment: datetime, *, only: bool = False
) -> None:
    """Let a transition wait in its group; ``only``: in the place of those that waited before."""
    group = desk.groups.get(key)
    if group is None or (not group.entries and settled(group, route) <= moment):
        group = begun(key, route, message, moment)
    told = desk.told_by(key, message.alert_id)
    entry = group.entry(message.alert_id) or Entry(message, told=told)
    if only:
        entry = replace(entry, waiting=())
    desk.put(group.put(entry.hears(message, moment)))


def _forget(desk: Desk, alert_id: str) -> None:
    for key in desk.holding(alert_id):
        desk.put(desk.groups[key].without(alert_id))


def _looked(desk: Desk, key: Key, route: Route, borders: Overall, moment: datetime) -> Look:
    group = desk.groups[key]
    elsewhere = {e.alert_id: desk.told_to(key.receiver, e.alert_id) for e in group.entries}
    found = look(group, route, desk.alerts, elsewhere, borders, moment)
    desk.looked(key, found.group, found.next_at)
    return found


def _told(desk: Desk, key: Key, telling: Telling) -> Iterator[Notice]:
    """Note what a group tells, and yield it, in parts where one could not be handed over whole."""
    for alert_id, sequence in telling.shows:
        desk.tell(key, alert_id, sequence)
    told: dict[str, list[Ref]] = {}
    for ref in telling.tells:
        told.setdefault(ref[0], []).append(ref)
    for start in range(0, len(telling.shows), MOST_SHOWN):
        shows = telling.shows[start : start + MOST_SHOWN]
        tells = tuple(ref for alert_id, _ in shows for ref in told[alert_id])
        name = notification_id(key, tells, telling.ordinal)
        yield Notice(name, key, shows, tells, telling.why)


def _pass_on(desk: Desk, route: Route, message: Message, moment: datetime) -> None:
    """Let the route that takes over hear of an alert that nobody acknowledged."""
    then = route.then
    assert then is not None, "a route that waits for an acknowledgement names who takes over"
    key = _key(then, message)
    group = desk.groups.get(key)
    if group is None or group.entry(message.alert_id) is None:
        _admit(desk, key, then, message, moment)


def _abandoned(group: Group) -> Iterator[Kept]:
    for entry in group.entries:
        for waiting in entry.waiting:
            ref = (entry.alert_id, waiting.message.sequence)
            held = Held(ref, Why.ROUTE_GONE)
            yield Kept(notification_id(group.key, [ref]), group.key, held)
