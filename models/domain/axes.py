"""An alert on the three axes of CAP 1.2: how bad, how soon, how sure."""

from models.domain.posture import Decision
from schemas.alert import Certainty, Severity, Urgency
from schemas.assessment import Assessment, Level

_SEVERITY = {
    Level.NORMAL: Severity.MINOR,
    Level.WATCH: Severity.MODERATE,
    Level.WARNING: Severity.SEVERE,
    Level.CRITICAL: Severity.EXTREME,
}


def severity(decision: Decision) -> Severity:
    """Return how much it would harm: by the level."""
    return _SEVERITY[decision.level]


def urgency(assessment: Assessment, decision: Decision) -> Urgency:
    """Return how soon one must act: the ladder warns by hours, the model by days."""
    if decision.level is Level.NORMAL or decision.transition.ends:
        return Urgency.PAST
    if assessment.ladder.level.rank < decision.level.rank:
        return Urgency.FUTURE
    return Urgency.IMMEDIATE if decision.level is Level.CRITICAL else Urgency.EXPECTED


def certainty(assessment: Assessment, decision: Decision) -> Certainty:
    """Return how sure it is: steps that were reported are observed, the rest is a probability."""
    if decision.level.rank <= assessment.ladder.level.rank:
        return Certainty.OBSERVED
    even = assessment.probabilities.escalation_14d > 0.5
    return Certainty.LIKELY if even else Certainty.POSSIBLE
