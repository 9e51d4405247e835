"""What ended on one segment on one day: the reports, what operators said of them, and the tally."""

from collections.abc import Iterable, Mapping
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
    return arranged((*_without(day, trace.effect.incident_id), trace), day.said, rules)


def without(day: Day, incident_id: str, rules: CorroborationRules) -> Day:
    """Return the day as if the incident had never stood on it."""
    return arranged(_without(day, incident_id), day.said, rules)


def with_word(day: Day, word: Said, rules: CorroborationRules) -> Day:
    """Return the day after an operator's word, which replaces an earlier one on the pair."""
    kept = (s for s in day.said if s.pair != word.pair)
    return arranged(day.traces, (*kept, word), rules)


def arranged(traces: Iterable[Trace], said: Iterable[Said], rules: CorroborationRules) -> Day:
    """Return the day that holds ``traces`` and ``said``, linked and in order.

    What lies nearby is linked among itself: an event counts here or nearby, never as both.
    """
    said = tuple(sorted(said, key=lambda s: s.pair))
    traces = sorted(traces, key=_order)
    words = {s.pair: s.linked for s in said}
    linked: dict[str, str] = {}
    for here in (True, False):
        effects = [t.effect for t in traces if t.own is here]
        if len(effects) > 1:
            linked |= heads(effects, words, rules)
    return Day(tuple(_counted_with(t, linked) for t in traces), said)


def _counted_with(trace: Trace, linked: Mapping[str, str]) -> Trace:
    other = linked.get(trace.effect.incident_id) if linked else None
    return trace if trace.corroborates == other else replace(trace, corroborates=other)


def tally(number: int, day: Day) -> Tally:
    """Count the events of a day; the toll of an event is the highest that a report of it gives."""
    tolls: dict[str, int] = {}
    around: dict[str, float] = {}
    for trace in day.traces:
        event, deaths = trace.event, trace.effect.deaths or 0
        if trace.nearby_km is None:
            tolls[event] = max(tolls.get(event, 0), deaths)
        else:
            around[event] = min(around.get(event, inf), trace.nearby_km)
    fatal, close = sum(t > 0 for t in tolls.values()), sum(k <= CLOSE_KM for k in around.values())
    return Tally(number, len(tolls), fatal, sum(tolls.values()), len(around), close)


def _without(day: Day, incident_id: str) -> tuple[Trace, ...]:
    return tuple(t for t in day.traces if t.effect.incident_id != incident_id)


def _order(trace: Trace) -> tuple[datetime, str]:
    return trace.effect.end, trace.effect.incident_id
