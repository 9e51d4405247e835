"""Which reports of one day tell of one event: a function of the reports, not of their order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from models.domain.borders import GEOD
from schemas.incident import GeoPrecision, TimePrecision
from schemas.observation import Effect
from schemas.taxonomy import TYPE_OF, EventType

Pair = tuple[str, str]
"""Two incident ids, the lower first."""


@dataclass(frozen=True, slots=True)
class CorroborationRules:
    """How near two reports must be for the service to link them by itself."""

    within: timedelta = timedelta(hours=3)
    within_km: float = 10.0
    most_reports: int = 200
    """On a day with more reports than this nothing is linked but by a person."""


@dataclass(slots=True)
class _Event:
    """What is taken for one event: its earliest report first."""

    members: list[Effect] = field(default_factory=list)

    @property
    def head(self) -> Effect:
        return self.members[0]

    @property
    def tolls(self) -> set[int]:
        return {m.deaths for m in self.members if m.deaths is not None}


_UNJUDGED = 6

_CLOCKED = (TimePrecision.MINUTE, TimePrecision.HOUR)
_PLACED = (GeoPrecision.EXACT, GeoPrecision.NEAR)


def pair(one: str, other: str) -> Pair:
    """Return two incident ids in the order in which a pair of them is kept."""
    return (one, other) if one < other else (other, one)


def heads(
    effects: Iterable[Effect], said: Mapping[Pair, bool], rules: CorroborationRules
) -> dict[str, str]:
    """Return, for each report that corroborates another one, the incident that it is counted with.

    Parameters
    ----------
    effects
        All that stands on one segment and day.
    said
        What operators said of pairs: True for one event, False for two. It overrules what others
        say of that pair; two that a person told to be one with a third stay one.

    Reports are linked by an operator, by the reporter (``corroborates``), or because they are of
    one kind, near in time and space, by different publishers and sources, and no two of their
    tolls differ. The earliest report of an event is the one that the others corroborate.
    """
    effects = list(effects)
    if len(effects) < 2:
        return {}
    # Nobody bears himself out.
    several = len({e.publisher for e in effects}) > 1
    if not several and not said and not any(e.corroborates for e in effects):
        return {}
    ordered = sorted(effects, key=lambda e: (e.start, e.incident_id))
    events = _told_to_be_one(ordered, said)
    if several and len(ordered) <= rules.most_reports:
        events = _join(events, said, rules)
    return {m.incident_id: e.head.incident_id for e in events for m in e.members[1:]}


def grade(effects: Sequence[Effect]) -> str:
    """Return the Admiralty grade of an event from those of its reports.

    Information is 1 when independent sources confirm it (AJP-2.1). A second source that is at
    least fairly reliable (A to C) does; any other raises the information by one step, to 2 at most.
    Information that cannot be judged (6) stands on no step: where one report's can be, that counts.
    """
    best = min(effects, key=lambda e: (e.grade, e.incident_id))
    others = [e for e in effects if e.sources and not set(e.sources) & set(best.sources)]
    judged = [step for e in (best, *others) if (step := int(e.grade[1])) < _UNJUDGED]
    information = judged[0] if judged else _UNJUDGED
    if any(e.grade[0] <= "C" for e in others):
        information = 1
    elif others and judged:
        information = min(information, max(2, information - 1))
    return f"{best.grade[0]}{information}"


def _told_to_be_one(ordered: Sequence[Effect], said: Mapping[Pair, bool]) -> list[_Event]:
    """Return the events that persons made: by command, or by the report itself."""
    above = {e.incident_id: e.incident_id for e in ordered}

    def root(incident_id: str) -> str:
        while (up := above[incident_id]) != incident_id:
            # The way is halved as it is gone, so that it stays short however many follow.
            above[incident_id] = above[up]
            incident_id = above[up]
        return incident_id

    reported = {pair(e.incident_id, e.corroborates): True for e in ordered if e.corroborates}
    for (one, other), linked in (reported | dict(said)).items():
        if linked and one in above and other in above:
            above[root(other)] = root(one)
    events: dict[str, _Event] = {}
    for effect in ordered:
        events.setdefault(root(effect.incident_id), _Event()).members.append(effect)
    return list(events.values())


def _join(
    events: Sequence[_Event], said: Mapping[Pair, bool], rules: CorroborationRules
) -> list[_Event]:
    """Join each event, in order, to the first earlier one that it bears out."""
    joined: list[_Event] = []
    for event in events:
        for earlier in joined:
            if _bears_out(event, earlier, said, rules):
                earlier.members.extend(event.members)
                break
        else:
            joined.append(_Event(list(event.members)))
    return joined


def _bears_out(
    event: _Event, earlier: _Event, said: Mapping[Pair, bool], rules: CorroborationRules
) -> bool:
    if event.head.publisher == earlier.head.publisher or len(event.tolls | earlier.tolls) > 1:
        return False
    pairs = [(a, b) for a in event.members for b in earlier.members]
    if any(said.get(pair(a.incident_id, b.incident_id)) is False for a, b in pairs):
        return False
    return all(_others(a, b) for a, b in pairs) and _near(event.head, earlier.head, rules)


def _others(one: Effect, other: Effect) -> bool:
    """Tell whether two reports come from different publishers and name different sources.

    A publisher knows its own reports apart; two that name one source may both repeat it.
    """
    if one.publisher == other.publisher or not one.sources or not other.sources:
        return False
    return not set(one.sources) & set(other.sources)


def _near(one: Effect, other: Effect, rules: CorroborationRules) -> bool:
    return (
        _kind(one) == _kind(other)
        and _same_time(one, other, rules.within)
        and _same_place(one, other, rules.within_km)
    )


def _kind(effect: Effect) -> str:
    """Return what must be equal: ACLED's event type; below the threshold of violence, all of it."""
    event_type = TYPE_OF[effect.sub_event_type]
    return effect.sub_event_type if event_type is EventType.STRATEGIC else event_type


def _same_time(one: Effect, other: Effect, within: timedelta) -> bool:
    if one.when in _CLOCKED and other.when in _CLOCKED:
        return abs(one.start - other.start) <= within
    # Both stand on one day already; what is known to the week or worse is like nothing.
    return all(e.when in (*_CLOCKED, TimePrecision.DAY) for e in (one, other))


def _same_place(one: Effect, other: Effect, within_km: float) -> bool:
    places = [(e.longitude, e.latitude) for e in (one, other) if e.where in _PLACED]
    if len(places) < 2 or any(None in place for place in places):
        return False
    metres = GEOD.inv(*places[0], *places[1])[2]
    return bool(round(metres) <= within_km * 1000)
