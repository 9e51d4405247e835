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
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why the transition happened: the named outcome of the decision."""

    LEVEL_ROSE = "level-rose"
    LEVEL_FELL = "level-fell"
    NEW_INCIDENT = "new-incident"
    INCIDENT_REVISED = "incident-revised"
    INCIDENT_RETRACTED = "incident-retracted"


class Alert(Contract):
    """One transition of an episode on one segment, from raised to resolved."""

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
    opened_at: Moment
    recorded_at: Moment = Field(description="Record time of the cause, not of the computation.")
    headline: Name
    explanation: Text = Field(description="Why, in words.")
    cause: RecordRef = Field(description="The observation that made the transition.")
    incidents: tuple[CauseIncident, ...]
    ladder: LadderView
    model_level: Level
    probabilities: Probabilities
    contributions: tuple[Contribution, ...]
    model_version: Name
