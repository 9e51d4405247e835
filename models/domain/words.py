"""Says in words why a level is what it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from heapq import nlargest

from models.domain.alerting import Decision
from models.domain.corroboration import grade
from models.domain.days import Trace
from schemas.alert import Reason, Transition
from schemas.assessment import Assessment, CauseIncident, Level
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Effect,
    Observed,
    RetractObservation,
)

MOST_INCIDENTS = 10
"""How many recent incidents an assessment names."""

_CAUSES = 16_384
"""How many incidents' words are remembered: each is said again with every later record."""

_NAMED = 2
"""How many reports of one event are named beside the first: ids may be long."""

_WHY = {
    Reason.LEVEL_ROSE: "The level rose",
    Reason.LEVEL_FELL: "The lower level has lasted long enough to be believed",
    Reason.NEW_INCIDENT: "A further incident was reported",
    Reason.INCIDENT_REVISED: "A report that this alert rests on was revised",
    Reason.INCIDENT_RETRACTED: "A report that this alert rests on was withdrawn or moved",
}


def incidents(recent: Sequence[Trace]) -> tuple[CauseIncident, ...]:
    """Name the recent incidents, worst first; those nearby after those of the segment."""
    events: dict[str, list[Trace]] = defaultdict(list)
    for trace in recent:
        events[trace.corroborates or trace.effect.incident_id].append(trace)
    worst = nlargest(MOST_INCIDENTS, recent, key=_severity)
    return tuple(_cause(t, tuple(events[t.corroborates or t.effect.incident_id])) for t in worst)


def headline(assessment: Assessment, decision: Decision) -> str:
    """Say the alert in one line."""
    if decision.transition is Transition.CORRECTED and decision.level is Level.NORMAL:
        return f"A resolved alert on {assessment.segment_id} rested on a report that has changed"
    fell = decision.level.rank < decision.previous_level.rank
    change = f", from {decision.previous_level}" if fell else ""
    why = assessment.ladder.words if assessment.ladder.step else _model(assessment)
    return f"{decision.level.upper()} on {assessment.segment_id}{change}: {why}"[:300]


def explanation(assessment: Assessment, decision: Decision, observation: Observed) -> str:
    """Say why, in whole sentences: what happened, the ladder, the model, incidents."""
    was = f"{decision.previous_level} -> {decision.level}"
    moved = "; ".join(c.words for c in assessment.contributions[:3])
    parts = [
        f"{_WHY[decision.reason]} ({was}).",
        *_changes(observation),
        f"Ladder ({assessment.ladder.level}): {assessment.ladder.words}.",
        f"Model ({assessment.model_level}): {_model(assessment)}; it rests on {moved}.",
    ]
    if assessment.incidents:
        parts.append("Incidents: " + " | ".join(i.words for i in assessment.incidents[:5]) + ".")
    return " ".join(parts)[:4000]


def _changes(observation: Observed) -> list[str]:
    """Say what a revision, a retraction or a command changed; nothing for anything else."""
    if isinstance(observation, RetractObservation):
        gone = observation.replaces
        return [f"{gone.incident_id} was {observation.reason}: {_told(gone)}."]
    if isinstance(observation, CommandObservation):
        command = observation.command
        return [f"{command.incident_id} and {command.corroborates} were {command.kind}ed."]
    if isinstance(observation, AssertObservation) and observation.replaces is not None:
        new, old = observation.effect, observation.replaces
        changed = f"now {_told(new)}" if _told(new) != _told(old) else "in other details"
        return [f"{new.incident_id} was {_told(old)}; {changed}."]
    return []


def _model(assessment: Assessment) -> str:
    p = assessment.probabilities
    return (
        f"{p.escalation_14d:.1%} chance of escalation and {p.fatal_14d:.1%} of any fatal "
        "incident in 14 days"
    )


def _severity(trace: Trace) -> tuple[bool, int, int, datetime, str]:
    effect = trace.effect
    top = max(effect.steps, default=0)
    return trace.nearby_km is None, top, effect.deaths or 0, effect.end, effect.incident_id


@lru_cache(maxsize=_CAUSES)
def _cause(trace: Trace, event: tuple[Trace, ...]) -> CauseIncident:
    """Name an incident, counted as one with the reports of ``event``, itself among them."""
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
        f"{where}{_told(effect)} ({effect.incident_id} revision {effect.revision}, graded "
        f"{effect.grade}{borne_out})"
    )[:300]


def _told(effect: Effect) -> str:
    dead = {None: "deaths unknown", 0: "no deaths", 1: "1 death"}.get(
        effect.deaths, f"{effect.deaths} deaths"
    )
    return f"{effect.sub_event_type} at {effect.place_name} on {effect.start:%Y-%m-%d}, {dead}"
