"""One transition of one alert: what the notification topic carries."""

from enum import StrEnum

from pydantic import Field

from schemas.assessment import CauseIncident, Contribution, LadderView, Level, Probabilities
from schemas.base import Contract, CountryCode, Identifier, Moment, Name, RecordRef, Text
from schemas.incident import Traffic


class Transition(StrEnum):
    """What happened to the alert."""

    RAISED = "raised"
    ESCALATED = "escalated"
    DE_ESCALATED = "de-escalated"
    UPDATED = "updated"
    CORRECTED = "corrected"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    RESOLVED = "resolved"
    EXPIRED = "expired"

    @property
    def ends(self) -> bool:
        """Whether the alert is over with it."""
        return self in (Transition.RESOLVED, Transition.EXPIRED)


class Reason(StrEnum):
    """Why the transition happened: the named outcome of the decision."""

    LEVEL_ROSE = "level-rose"
    LEVEL_FELL = "level-fell"
    NEW_INCIDENT = "new-incident"
    INCIDENT_REVISED = "incident-revised"
    INCIDENT_RETRACTED = "incident-retracted"
    OPERATOR = "operator"
    SILENCE_BEGAN = "silence-began"
    SILENCE_ENDED = "silence-ended"
    NOTHING_REPORTED = "nothing-reported"


class Severity(StrEnum):
    """How much it would harm, in the words of CAP 1.2 (OASIS 2010, section 3.2.2)."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"


class Urgency(StrEnum):
    """How soon one must act, in the words of CAP 1.2."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"


class Certainty(StrEnum):
    """How sure it is, in the words of CAP 1.2; likely is more than an even chance."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"


class Trigger(StrEnum):
    """What kind of record made the transition."""

    REPORT = "assert"
    RETRACTION = "retract"
    COMMAND = "command"
    TICK = "tick"


class Alert(Contract):
    """One transition of an episode on one segment, from raised to resolved or expired."""

    alert_id: Identifier = Field(description="Names the episode; the same after every replay.")
    sequence: int = Field(ge=1, description="1 when raised, then one more each transition.")
    segment_id: Identifier
    border_id: Identifier
    countries: tuple[CountryCode, CountryCode]
    traffic: Traffic
    transition: Transition
    reason: Reason
    level: Level
    previous_level: Level
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    acknowledged: bool = Field(description="By an operator, and not worse since.")
    silenced_until: Moment | None = Field(
        description="Not to be delivered before; null for at once. An end is delivered at once."
    )
    flaps: int = Field(
        ge=0, le=10, description="Falls of the level in 7 days, with this one; 10: or more."
    )
    opened_at: Moment
    recorded_at: Moment = Field(description="Record time of the cause, not of the computation.")
    headline: Name
    explanation: Text = Field(description="Why, in words.")
    trigger: Trigger
    cause: RecordRef = Field(description="The observation that made the transition.")
    incidents: tuple[CauseIncident, ...]
    ladder: LadderView
    model_level: Level
    probabilities: Probabilities
    contributions: tuple[Contribution, ...]
    model_version: Name
