"""What one incident revision, or the passage of time, means for one segment."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Count, Identifier, Moment, Name, RecordRef
from schemas.incident import Traffic
from schemas.taxonomy import Step, SubEventType


class Effect(Contract):
    """The part of an incident report that the risk state of a segment depends on."""

    incident_id: Identifier
    revision: int = Field(ge=1)
    start: Moment
    end: Moment = Field(description="Equals start for what was over at once.")
    sub_event_type: SubEventType
    steps: tuple[Step, ...] = Field(description="Steps of the ladder seen, lowest first.")
    deaths: Count | None = Field(
        description="[persons] best estimate, else the fewest certain; null when unknown."
    )
    place_name: Name
    grade: str = Field(
        pattern=r"^[A-F][1-6]$", description="Admiralty grade of the best source, e.g. 'B2'."
    )


class _OnSegment(Contract):
    segment_id: Identifier
    traffic: Traffic
    recorded_at: Moment = Field(description="When the log took the cause in: the fold's clock.")


class AssertObservation(_OnSegment):
    """An incident counts on this segment, in place of what it counted as before."""

    kind: Literal["assert"] = "assert"
    cause: RecordRef
    effect: Effect
    replaces: Effect | None = Field(default=None, description="Null for the first revision here.")


class RetractObservation(_OnSegment):
    """An incident no longer counts on this segment: withdrawn, or moved elsewhere."""

    kind: Literal["retract"] = "retract"
    cause: RecordRef
    replaces: Effect
    reason: Name


class Tick(_OnSegment):
    """Time has passed; the only thing that moves a state when nothing is reported."""

    kind: Literal["tick"] = "tick"


Observation = Annotated[AssertObservation | RetractObservation | Tick, Field(discriminator="kind")]
OBSERVATION: TypeAdapter[AssertObservation | RetractObservation | Tick] = TypeAdapter(Observation)
