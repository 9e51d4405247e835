"""What one incident revision, a command, or the passage of time means for one segment."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Count, Fingerprint, Identifier, Moment, Name, RecordRef
from schemas.command import Command
from schemas.incident import GeoPrecision, TimePrecision, Traffic
from schemas.taxonomy import Step, SubEventType


class Effect(Contract):
    """The part of an incident report that the risk state of a segment depends on."""

    incident_id: Identifier
    revision: int = Field(ge=1)
    start: Moment
    end: Moment = Field(description="Equals start for what was over at once.")
    when: TimePrecision
    sub_event_type: SubEventType
    steps: tuple[Step, ...] = Field(description="Steps of the ladder seen, lowest first.")
    deaths: Count | None = Field(
        description="[persons] best estimate, else the fewest certain; null when unknown."
    )
    place_name: Name
    latitude: float | None = Field(ge=-90, le=90, description="[degrees, WGS 84]")
    longitude: float | None = Field(ge=-180, le=180, description="[degrees, WGS 84]")
    where: GeoPrecision
    grade: str = Field(
        pattern=r"^[A-F][1-6]$", description="Admiralty grade of the best source, e.g. 'B2'."
    )
    publisher: Fingerprint = Field(description="Of the CloudEvents source that published it.")
    sources: tuple[Fingerprint, ...] = Field(description="Of each source's name, sorted.")
    corroborates: Identifier | None = Field(description="The incident that its report says it is.")


class _OnSegment(Contract):
    schema_version: Literal[2] = 2
    segment_id: Identifier
    traffic: Traffic
    recorded_at: Moment = Field(description="When the log took the cause in: the fold's clock.")


class AssertObservation(_OnSegment):
    """An incident counts on this segment, in place of what it counted as before."""

    kind: Literal["assert"] = "assert"
    cause: RecordRef
    effect: Effect
    nearby_km: float | None = Field(
        default=None,
        ge=0,
        description="[km] from this segment, where it lies on another one within sight; else null.",
    )
    replaces: Effect | None = Field(default=None, description="Null for the first revision here.")

    @property
    def own(self) -> bool:
        """Whether the incident lies on the segment itself, and not on one nearby."""
        return self.nearby_km is None


class RetractObservation(_OnSegment):
    """An incident no longer counts on this segment: withdrawn, or moved elsewhere."""

    kind: Literal["retract"] = "retract"
    cause: RecordRef
    replaces: Effect
    reason: Name


class CommandObservation(_OnSegment):
    """An operator's command, at its place in the order of everything else on this segment."""

    kind: Literal["command"] = "command"
    cause: RecordRef
    command: Command


class Tick(_OnSegment):
    """Time has passed; the only thing that moves a state when nothing is reported."""

    kind: Literal["tick"] = "tick"


Observed = AssertObservation | RetractObservation | CommandObservation | Tick
Observation = Annotated[Observed, Field(discriminator="kind")]
OBSERVATION: TypeAdapter[Observed] = TypeAdapter(Observation)
