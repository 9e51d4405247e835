"""The state that a set of final revisions amounts to: what the fold must reach by any way.

This is the fold's specification, and answers what is now believed of a moment in the past.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from models.domain import days
from models.domain.corroboration import CorroborationRules, Pair
from models.domain.days import Day, Said, day_of
from models.domain.risk import RULES, Risk, SegmentState, begin, remembered, said
from models.domain.tallies import Tallies
from models.domain.traces import Trace
from schemas.command import LinkCommand
from schemas.observation import AssertObservation, CommandObservation, Effect, Observed, Tick

_MEANT = tuple(sorted(Effect.model_fields.keys() - {"revision"}))


def risk_of(
    traces: Iterable[Trace],
    words: Iterable[tuple[int, Said]],
    clock: datetime,
    rules: CorroborationRules = RULES,
) -> Risk:
    """Return the risk at ``clock`` of incidents that each stand once, and of words on days."""
    standing: dict[int, list[Trace]] = defaultdict(list)
    for trace in traces:
        standing[day_of(trace.effect.end)].append(trace)
    told: dict[int, list[Said]] = defaultdict(list)
    for number, word in words:
        told[number].append(word)
    built = {
        number: days.arranged(standing[number], told[number], rules)
        for number in sorted({*standing, *told})
    }
    tallies = Tallies(days.tally(number, day) for number, day in built.items())
    return remembered(Risk(tallies, tuple(built.items())), clock)


def believed(
    observations: Iterable[tuple[int, Observed]],
    clock: datetime,
    begun_by: datetime | None = None,
    rules: CorroborationRules = RULES,
) -> SegmentState:
    """Return the state at ``clock`` by the last word of ``observations`` on each incident.

    Parameters
    ----------
    observations
        Those of one segment with their offsets, in log order; at least one.
    begun_by
        What begins later is left out: it belongs to no answer about that moment. Without it the
        risk is that of the fold at ``clock``.
    """
    standing: dict[str, Trace] = {}
    words: dict[tuple[int, Pair], Said] = {}
    heard: dict[tuple[str, int], int] = {}
    first: SegmentState | None = None
    applied = -1
    for offset, observed in observations:
        first = first or begin(observed)
        applied = offset
        if isinstance(observed, Tick):
            continue
        cause = observed.cause
        place = (cause.topic, cause.partition)
        # Causes come in order: one that is not newer was written twice.
        if cause.offset <= heard.get(place, -1):
            continue
        heard[place] = cause.offset
        if isinstance(observed, CommandObservation):
            if isinstance(observed.command, LinkCommand):
                number, word = said(observed.command)
                words[number, word.pair] = word
            continue
        if observed.replaces is not None:
            standing.pop(observed.replaces.incident_id, None)
        if isinstance(observed, AssertObservation):
            standing[observed.effect.incident_id] = Trace(
                observed.effect, observed.cause, nearby_km=observed.nearby_km
            )
    if first is None:
        raise ValueError("observations: none given; expected at least one of the segment")
    begun = (t for t in standing.values() if begun_by is None or t.effect.start <= begun_by)
    risk = risk_of(begun, ((number, word) for (number, _), word in words.items()), clock, rules)
    return SegmentState(first.segment_id, first.traffic, clock, clock, applied, risk=risk)


def meaning(risk: Risk, days: Mapping[int, Day] | None = None) -> str:
    """Return a digest of what a state says, whichever revisions and records said it."""
    content = [
        risk.tallies.table.tolist(),
        [_said(t) for t in risk.recent],
        [
            [number, [_said(t) for t in day.traces], [[*s.pair, s.linked] for s in day.said]]
            for number, day in sorted((days or {}).items())
        ],
    ]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


def _said(trace: Trace) -> list[Any]:
    effect = trace.effect
    return [trace.corroborates, trace.nearby_km, *(getattr(effect, f) for f in _MEANT)]
