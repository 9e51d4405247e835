"""How risky a segment is after one observation, and why."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.base import Contract, Identifier, Moment, Name, Probability, RecordRef
from schemas.incident import Traffic
from schemas.taxonomy import Step


class Level(StrEnum):
    """The four levels, from quiet to worst."""

    NORMAL = "normal"
    WATCH = "watch"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for normal up to 3 for critical."""
        return _RANK[self]

    @staticmethod
    def worst(*levels: "Level") -> "Level":
        """Return the worst of ``levels``, of which there is at least one."""
        return max(levels, key=_RANK.__getitem__)

    @staticmethod
    def mildest(*levels: "Level") -> "Level":
        """Return the mildest of ``levels``, of which there is at least one."""
        return min(levels, key=_RANK.__getitem__)


_RANK = {level: rank for rank, level in enumerate(Level)}


class Probabilities(Contract):
    """What the model expects on this segment after the moment of assessment."""

    escalation_14d: Probability = Field(
        description="Deaths in the next 14 days reach 5 and twice the 180-day rate."
    )
    fatal_7d: Probability = Field(description="Any fatal event in the next 7 days.")
    fatal_14d: Probability = Field(description="Any fatal event in the next 14 days.")
    onset_14d: Probability | None = Field(
        default=None,
        description="As fatal_14d, where the last 60 days had no fatal event; else null.",
    )


class Contribution(Contract):
    """How far one feature moved the log-odds of escalation from the usual."""

    feature: Name
    value: float = Field(description="In the unit of the feature table.")
    usual: float = Field(description="The mean over the training data, in the same unit.")
    log_odds: float = Field(
        description="Added to the log-odds of escalation in 14 days by this feature and those that "
        "say much the same."
    )
    words: Name


class CauseIncident(Contract):
    """An incident that an assessment or alert rests on, with where it stands in the log."""

    incident_id: Identifier
    revision: int
    record: RecordRef
    words: Name
    corroborates: Identifier | None = Field(
        default=None, description="The incident that this one is counted together with, as one."
    )
    grade: str | None = Field(
        default=None,
        pattern=r"^[A-F][1-6]$",
        description="Admiralty grade of the event, from all reports that are counted as one.",
    )


class LadderView(Contract):
    """Where the segment stands on the ladder of same-day escalation."""

    step: Step | None
    level: Level
    words: Name


class ShadowView(Contract):
    """What a model says that is scored beside the one that decides; nothing follows from it."""

    model_version: Name
    probabilities: Probabilities
    model_level: Level = Field(description="The level that this model alone would give.")


class Assessment(Contract):
    """Probability, level and explanation after one record of the ``observations`` topic."""

    schema_version: Literal[1] = 1
    segment_id: Identifier
    traffic: Traffic
    recorded_at: Moment
    observation: RecordRef = Field(description="The record this assessment follows from.")
    level: Level = Field(description="The worse of the model's level and the ladder's.")
    model_level: Level
    ladder: LadderView
    probabilities: Probabilities
    contributions: tuple[Contribution, ...] = Field(description="Largest movement first.")
    incidents: tuple[CauseIncident, ...] = Field(description="Recent incidents, worst first.")
    model_version: Name
    shadow: ShadowView | None = Field(
        default=None,
        description="A model on trial, scored on the same features; null where there is none.",
    )
