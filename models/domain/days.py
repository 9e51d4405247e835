"""What ended on one segment on one day: the reports, what operators said of them, and the tally."""

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from math import inf

from models.domain.causes import Worst, worst
from models.domain.corroboration import CorroborationRules, Pair, heads
from models.domain.ladder import Sightings
from models.domain.tallies import Tally
from models.domain.traces import Trace

CLOSE_KM = 25.0
"""Within what distance what happens on another segment counts as close [km]."""


@dataclass(frozen=True, slots=True)
class Said:
    """An operator's last word on a pair of incidents: one event, or two."""

    pair: Pair
    linked: bool


@dataclass(frozen=True)
class Day:
    """Everything that stands on one day; equal contents have equal bytes.

    What is often asked of it is found once.
    """

    traces: tuple[Trace, ...] = ()
    said: tuple[Said, ...] = ()

    @cached_property
    def worst(self) -> Worst:
        """The worst incidents, named."""
        return worst(self.traces)

    @cached_property
    def steps(self) -> Sightings:
        """The steps of the ladder that the segment's own incidents are."""
        return Sightings(t.effect for t in self.traces if t.own)

    def since(self, moment: datetime) -> "Day":
        """Return the day without what had ended before ``moment``."""
        if not self.traces or self.traces[0].effect.end >= moment:
            return self
        return Day(tuple(t for t in self.traces if t.effect.end >= moment), self.said)

    def __bool__(self) -> bool:
        """Tell whether anything is left to remember."""
        return bool(self.traces or self.said)


def day_of(moment: datetime) -> int:
    """Return the proleptic Gregorian ordinal of the UTC day."""
    # Every moment of a contract is in UTC already; turning it again would cost more than the rest.
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).toordinal()


def with_trace(day: Day, trace: Trace, rules: CorroborationRules) -> Day:
    """Return the day on which ``trace`` stands, in place of what its incident was before."""
    traces = _without(day, trace.effect.incident_id)
    insort(traces, trace, key=_order)
    return _linked(traces, day.said, rules)


def without(day: Day, incident_id: str, rules: CorroborationRules) -> Day:
    """Return the day as if the incident had never stood on it."""
    return _linked(_without(day, incident_id), day.said, rules)


def with_word(day: Day, word: Said, rules: CorroborationRules) -> Day:
    """Return the day after an operator's word, which replaces an earlier one on the pair."""
    kept = (s for s in day.said if s.pair != word.pair)
    return _linked(day.traces, _spoken((*kept, word)), rules)


def arranged(traces: Iterable[Trace], said: Iterable[Said], rules: CorroborationRules) -> Day:
    """Return the day that holds ``traces`` and ``said``, linked and in order."""
    return _linked(sorted(traces, key=_order), _spoken(said), rules)


def _spoken(said: Iterable[Said]) -> tuple[Said, ...]:
    return tuple(sorted(said, key=lambda s: s.pair))


def _linked(traces: Sequence[Trace], said: tuple[Said, ...], rules: CorroborationRules) -> Day:
    """Return the day of ``traces``, which are in order, each with the one that it is counted with.

    What lies nearby is linked among itself: an event counts here or nearby, never as both.
    """
    words = {s.pair: s.linked for s in said}
    own = [t.effect for t in traces if t.nearby_km is None]
    around = [t.effect for t in traces if t.nearby_km is not None]
    linked = heads(own, words, rules) | heads(around, words, rules)
    if not linked and not any(t.corroborates for t in traces):
        return Day(tuple(traces), said)
    return Day(tuple(_counted_with(t, linked.get(t.effect.incident_id)) for t in traces), said)


def _counted_with(trace: Trace, other: str | None) -> Trace:
    return trace if trace.corroborates == other else replace(trace, corroborates=other)


def tally(number: int, day: Day) -> Tally:
    """Count the events of a day; the toll of an event is the highest that a report of it gives."""
    tolls: dict[str, int] = {}
    around: dict[str, float] = {}
    for trace in day.traces:
        event, km = trace.event, trace.nearby_km
        if km is None:
            deaths, known = trace.effect.deaths or 0, tolls.get(event, 0)
            tolls[event] = deaths if deaths > known else known
        else:
            nearest = around.get(event, inf)
            around[event] = km if km < nearest else nearest
    fatal, close = sum(t > 0 for t in tolls.values()), sum(k <= CLOSE_KM for k in around.values())
    return Tally(number, len(tolls), fatal, sum(tolls.values()), len(around), close)


def _without(day: Day, incident_id: str) -> list[Trace]:
    return [t for t in day.traces if t.effect.incident_id != incident_id]


def _order(trace: Trace) -> tuple[datetime, str]:
    return trace.effect.end, trace.effect.incident_id
