"""One look at a group: what it tells now, what is held back, and when to look again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.domain.notifying.groups import Entry, Group, again, settled, turn
from models.domain.notifying.holds import Known, Overall
from models.domain.notifying.offers import Offer, View
from models.domain.notifying.routes import Message, Route
from models.domain.notifying.why import Why

Ref = tuple[str, int]
"""An alert id and the sequence of one of its transitions."""

Refs = tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A transition that is not told, why, and which alert inhibits it, if one does."""

    ref: Ref
    why: Why
    by: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """What a group tells at once.

    Parameters
    ----------
    shows
        The latest transition of each alert that may be told; those that are over come last.
    tells
        These, and the earlier ones that nobody has been told of: their news is in the later.
    ordinal
        Which repeat it is; 0 for news.
    """

    shows: Refs
    tells: Refs
    why: Why
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found; ``group`` is None where nothing is left of it."""

    group: Group | None
    why: Why
    telling: Telling | None = None
    held: tuple[Held, ...] = ()
    passed_on: tuple[Message, ...] = ()
    next_at: datetime | None = None


def look(
    group: Group,
    route: Route,
    alerts: Mapping[str, Known],
    elsewhere: Mapping[str, int],
    borders: Overall,
    moment: datetime,
) -> Look:
    """Look at a group at ``moment``.

    Parameters
    ----------
    elsewhere
        Up to which transition of each alert the receiver has been told, by this or another route.
    """
    view = View(route, alerts, borders, moment)
    group, already = _deduped(group.no_later_than(moment, route), elsewhere, moment)
    offers = [view.offer(entry) for entry in group.entries]
    group, held = _recorded(group, offers)
    due, why = _due(group, view, offers)
    telling = None
    if due is not None and due <= moment:
        regular = why is not Why.AT_ONCE
        group, telling = _tell(group, view, offers, why)
        group = replace(group, tick=moment) if regular else group
    group = _cleared(group, view)
    group, passed_on = _unacknowledged(group, view)
    # What has been told may have changed why the rest is held back.
    offers = [view.offer(entry) for entry in group.entries]
    group, further = _recorded(group, offers)
    kept = (*already, *held, *further)
    if not group.entries and settled(group, route) <= moment:
        return Look(None, why, telling, kept, passed_on)
    return Look(group, why, telling, kept, passed_on, _next(group, view, offers))


def _deduped(
    group: Group, elsewhere: Mapping[str, int], moment: datetime
) -> tuple[Group, list[Held]]:
    """Drop what the receiver has been told by another route."""
    held, changed = [], []
    for entry in group.entries:
        last = elsewhere.get(entry.alert_id, 0)
        old = [w for w in entry.waiting if entry.told < w.message.sequence <= last]
        if old:
            held += [Held((entry.alert_id, w.message.sequence), Why.TOLD_ALREADY) for w in old]
            changed.append(entry.after_others(last, moment))
    return group.put(*changed), held


def _recorded(group: Group, offers: Iterable[Offer]) -> tuple[Group, list[Held]]:
    """Return what is held back and not yet on record, noted as being so now."""
    found, changed = [], []
    for offer in offers:
        entry = offer.entry
        for waiting, by in reversed(offer.holds):
            mark = (waiting.message.sequence, by.why.value)
            if mark not in entry.recorded:
                entry = replace(entry, recorded=(*entry.recorded, mark))
                ref = (entry.alert_id, waiting.message.sequence)
                found.append(Held(ref, by.why, by.by, by.until))
        if entry is not offer.entry:
            changed.append(entry)
    return group.put(*changed), found


def _due(group: Group, view: View, offers: list[Offer]) -> tuple[datetime | None, Why]:
    """Return when the group has something to tell, and why then; None: nothing to tell."""
    ready = [o for o in offers if o.news is not None]
    if any(_at_once(o, view.route) for o in ready):
        return view.moment, Why.AT_ONCE
    turns = [turn(group, view.route, o.news.since) for o in ready if o.news is not None]
    if turns:
        at = min(turns)
        waits = Why.GROUP_WAIT if group.tick is None else Why.GROUP_INTERVAL
        return at, Why.DUE if at <= view.moment else waits
    repeats = [
        due
        for e in view.repeatable(group)
        if e.told_at is not None and (due := again(group, view.route, e.told_at)) is not None
    ]
    return (min(repeats), Why.REPEAT) if repeats else (None, Why.NOTHING_NEW)


def _at_once(offer: Offer, route: Route) -> bool:
    """Tell whether what would be told includes a rise that does not wait for its turn."""
    least = route.at_once_from
    if least is None or offer.news is None:
        return False
    last = offer.news.message.sequence
    risen = (w.message for w in offer.entry.waiting if w.message.sequence <= last)
    return any(m.rises and m.level.rank >= least.rank for m in risen)


def _tell(group: Group, view: View, offers: Iterable[Offer], why: Why) -> tuple[Group, Telling]:
    if why is Why.REPEAT:
        entries = view.repeatable(group)
        shown = tuple((e.alert_id, e.told) for e in entries)
        group = group.put(*(replace(entry, told_at=view.moment) for entry in entries))
        group = replace(group, repeats=group.repeats + 1)
        return group, Telling(shown, shown, why, group.repeats)
    ready = [(o.entry, o.news.message) for o in offers if o.news is not None]
    # The worst first: of what is told in several parts, the first part goes out first.
    ready.sort(key=lambda pair: (not view.is_open(pair[0]), -pair[1].level.rank))
    shows = tuple((m.alert_id, m.sequence) for _, m in ready)
    tells = tuple(ref for entry, m in ready for ref in _covered(entry, m))
    current = {entry.alert_id: entry for entry in group.entries}
    told = (current[e.alert_id].after_telling(m.sequence, view.moment) for e, m in ready)
    return group.put(*told), Telling(shows, tells, why)


def _covered(entry: Entry, message: Message) -> Iterator[Ref]:
    for waiting in entry.waiting:
        if waiting.message.sequence <= message.sequence:
            yield entry.alert_id, waiting.message.sequence


def _cleared(group: Group, view: View) -> Group:
    """Let go of what nothing more can be told of.

    That is an alert that is over, once its end has been told or is kept back for good, and one
    that the receiver hears of by another route alone, unless somebody else hears of it where it is
    not acknowledged.
    """
    gone = []
    for entry in group.entries:
        over = not view.is_open(entry)
        holds = [view.hold(w.message, entry) for w in entry.waiting]
        for_good = all(h is not None and h.why is Why.INHIBITED for h in holds)
        idle = not (entry.waiting or entry.told or _unanswered(entry, view))
        if (over and for_good) or idle:
            gone.append(entry.alert_id)
    return group.without(*gone)


def _unacknowledged(group: Group, view: View) -> tuple[Group, tuple[Message, ...]]:
    """Return the alerts that nobody acknowledged in time, noted as passed on."""
    found = []
    for entry in group.entries:
        deadline = _deadline(entry, view)
        if deadline is not None and deadline <= view.moment:
            found.append(entry)
    group = group.put(*(replace(entry, passed_on=True) for entry in found))
    return group, tuple(entry.latest for entry in found)


def _deadline(entry: Entry, view: View) -> datetime | None:
    within, since = view.route.unless_acknowledged_within, entry.unacknowledged_since
    if within is None or since is None or entry.passed_on or not _unanswered(entry, view):
        return None
    return since + within


def _unanswered(entry: Entry, view: View) -> bool:
    """Tell whether another route takes, or took, over unless the alert is acknowledged."""
    chain = view.route.unless_acknowledged_within is not None
    return chain and entry.unacknowledged_since is not None and view.is_open(entry)


def _next(group: Group, view: View, offers: list[Offer]) -> datetime | None:
    """Return when to look again, provided that nothing is heard until then."""
    due, _ = _due(group, view, offers)
    ends = [hold.until for offer in offers for _, hold in offer.holds]
    latest = [view.hold(e.latest, e) for e in group.entries if e.told and view.is_open(e)]
    ends += [found.until for found in latest if found is not None]
    deadlines = [_deadline(entry, view) for entry in group.entries]
    rest = None if group.entries else settled(group, view.route)
    times = [at for at in (due, rest, *ends, *deadlines) if at is not None]
    return min(times, default=None)
