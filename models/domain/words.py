"""Says in words why a level is what it is."""

from models.domain.causes import told
from models.domain.posture import Decision
from schemas.alert import Reason, Transition
from schemas.assessment import Assessment, Level
from schemas.command import LinkCommand
from schemas.observation import (
    AssertObservation,
    CommandObservation,
    Observed,
    RetractObservation,
)

_WHY = {
    Reason.LEVEL_ROSE: "The level rose",
    Reason.LEVEL_FELL: "The lower level has lasted long enough to be believed",
    Reason.NEW_INCIDENT: "A further incident was reported",
    Reason.INCIDENT_REVISED: "A report that this alert rests on was revised",
    Reason.INCIDENT_RETRACTED: "A report that this alert rests on was withdrawn or moved",
    Reason.OPERATOR: "An operator said so",
    Reason.SILENCE_BEGAN: "A silence covers it now",
    Reason.SILENCE_ENDED: "No silence covers it any more",
    Reason.NOTHING_REPORTED: "Nothing has been reported of the segment for long",
}


def headline(assessment: Assessment, decision: Decision) -> str:
    """Say the alert in one line."""
    if decision.transition is Transition.CORRECTED and decision.level is Level.NORMAL:
        return f"A resolved alert on {assessment.segment_id} rested on a report that has changed"
    why = assessment.ladder.words if assessment.ladder.step else _model(assessment)
    if decision.transition.ends:
        how = f"{decision.transition.upper()} on {assessment.segment_id}"
        return f"{how}, was {decision.previous_level}: {why}"[:300]
    fell = decision.level.rank < decision.previous_level.rank
    change = f", from {decision.previous_level}" if fell else ""
    return f"{decision.level.upper()} on {assessment.segment_id}{change}: {why}"[:300]


def explanation(assessment: Assessment, decision: Decision, observation: Observed) -> str:
    """Say why, in whole sentences: what happened, the ladder, the model, incidents."""
    was = f"{decision.transition}, {decision.previous_level} -> {decision.level}"
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
        return [f"{gone.incident_id} was {observation.reason}: {told(gone)}."]
    if isinstance(observation, CommandObservation):
        command = observation.command
        if isinstance(command, LinkCommand):
            return [f"{command.incident_id} and {command.corroborates} were {command.kind}ed."]
    if isinstance(observation, AssertObservation) and observation.replaces is not None:
        new, old = observation.effect, observation.replaces
        changed = f"now {told(new)}" if told(new) != told(old) else "in other details"
        return [f"{new.incident_id} was {told(old)}; {changed}."]
    return []


def _model(assessment: Assessment) -> str:
    p = assessment.probabilities
    return (
        f"{p.escalation_14d:.1%} chance of escalation and {p.fatal_14d:.1%} of any fatal "
        "incident in 14 days"
    )
