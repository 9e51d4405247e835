"""The incidents that an assessment names, in words, worst first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter

from models.domain.corroboration import grade
from models.domain.traces import Severity, Trace
from schemas.assessment import CauseIncident
from schemas.observation import Effect

MOST_INCIDENTS = 10
"""How many recent incidents an assessment names."""

_NAMED = 2
"""How many reports of one event are named beside the first: ids may be long."""

_CAUSES = 16_384
"""How many incidents' words are remembered: each is said again with every later record."""


Worst = tuple[tuple[Severity, CauseIncident], ...]


def worst(traces: Sequence[Trace]) -> Worst:
    """Name the worst of the incidents of a day; those nearby come after those of the segment."""
    found = sorted(traces, key=attrgetter("severity"), reverse=True)[:MOST_INCIDENTS]
    if not any(t.corroborates for t in traces):
        return tuple((t.severity, _cause(t)) for t in found)
    events: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        events[trace.event].append(trace)
    return tuple((t.severity, _cause(t, tuple(events[t.event]))) for t in found)


def worst_of(days: Iterable[Worst]) -> tuple[CauseIncident, ...]:
    """Name the worst of all, given the worst of each day."""
    # No two incidents of a segment are of one severity: what is named is never compared. The days
    # with the worst come first, so that most others need not be looked into.
    found: list[tuple[Severity, CauseIncident]] = []
    for day in sorted(filter(None, days), key=itemgetter(0), reverse=True):
        if len(found) == MOST_INCIDENTS and day[0] < found[-1]:
            break
        found = sorted([*found, *day], reverse=True)[:MOST_INCIDENTS]
    return tuple(cause for _, cause in found)


def told(effect: Effect) -> str:
    """Say what happened, where and when, and how many died."""
    dead = {None: "deaths unknown", 0: "no deaths", 1: "1 death"}.get(
        effect.deaths, f"{effect.deaths} deaths"
    )
    return f"{effect.sub_event_type} at {effect.place_name} on {effect.start:%Y-%m-%d}, {dead}"


@lru_cache(maxsize=_CAUSES)
def _cause(trace: Trace, event: tuple[Trace, ...] = ()) -> CauseIncident:
    """Name an incident, counted as one with the reports of ``event``, itself among them."""
    event = event or (trace,)
    return CauseIncident(
        incident_id=trace.effect.incident_id,
        revision=trace.effect.revision,
        record=trace.record,
        words=_incident(trace, event),
        corroborates=trace.corroborates,
        grade=grade([t.effect for t in event]),
    )


def _incident(trace: Trace, event: Sequence[Trace]) -> str:
    effect = trace.effect
    others = sorted(t.effect.incident_id for t in event if t.effect is not effect)
    together = grade([t.effect for t in event])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    names = ", ".join(others[:_NAMED]) + more
    borne_out = f"; one event with {names}, together {together}" if others else ""
    away = trace.nearby_km
    where = "" if away is None else f"{away:.0f} km away, on another segment: "
    return (
        f"{where}{told(effect)} ({effect.incident_id} revision {effect.revision}, graded "
        f"{effect.grade}{borne_out})"
    )[:300]
