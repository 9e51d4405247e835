"""What an operator tells the service: keyed by segment, folded like everything else."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, field_validator, model_validator

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.base import Contract, Identifier, Moment, Name, Text
from schemas.incident import Traffic


class _ToSegment(Contract):
    schema_version: Literal[1] = 1
    segment_id: Identifier = Field(description="Segment, or border as a whole; the record's key.")
    traffic: Traffic = Traffic.ACTUAL
    author: Name = Field(description="Who commands it.", json_schema_extra={"classified": True})
    note: Text | None = Field(
        default=None, description="Why.", json_schema_extra={"classified": True}
    )


class LinkCommand(_ToSegment):
    """Two reports tell of one event, or do not: the last word on the pair counts."""

    kind: Literal["link", "unlink"]
    day: dt.date = Field(description="[UTC date] The day on which both ended.")
    incident_id: Identifier
    corroborates: Identifier = Field(description="The other incident of the pair.")

    @model_validator(mode="after")
    def _names_two_incidents(self) -> Self:
        if self.incident_id == self.corroborates:
            msg = f"corroborates: {self.corroborates!r} is the incident itself; name another one"
            raise ValueError(msg)
        return self


class _OnAlert(_ToSegment):
    alert_id: Identifier = Field(description="The open alert that it is about.")


class _OnLevel(_OnAlert):
    level: Level | None = Field(
        default=None,
        description="The alert's, as its author saw it: at a worse one the command does not count.",
    )


class AcknowledgeCommand(_OnLevel):
    """Somebody looks after the alert, or no longer does; a rise of its level ends it too."""

    kind: Literal["acknowledge", "unacknowledge"]


class ResolveCommand(_OnLevel):
    """The alert is over whatever its level, until that is worse or something new is reported."""

    kind: Literal["resolve"]


class NoteCommand(_OnAlert):
    """A remark that stays with the alert, open or over; nothing else follows from it."""

    kind: Literal["note"]
    note: Text = Field(description="The remark.", json_schema_extra={"classified": True})


class SilenceCommand(_ToSegment):
    """What matches is not delivered for a while; it is recorded all the same.

    On a border it counts for all of its segments and for the border as a whole.
    """

    kind: Literal["silence"]
    silence_id: Identifier = Field(description="Names it; the same again replaces it.")
    starts: Moment
    ends: Moment
    levels: tuple[Level, ...] = Field(default=(), description="Of alerts; empty for every level.")
    transitions: tuple[Transition, ...] = Field(
        default=(), description="What is not delivered; empty for the alert as a whole."
    )

    @field_validator("transitions")
    @classmethod
    def _ends_are_told(cls, found: tuple[Transition, ...]) -> tuple[Transition, ...]:
        if any(transition.ends for transition in found):
            raise ValueError("the end of an alert is always delivered; leave it out")
        return found

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.ends <= self.starts:
            msg = (
                f"ends: {self.ends.isoformat()} does not come after starts, "
                f"{self.starts.isoformat()}; give a later end"
            )
            raise ValueError(msg)
        return self


class ExpireSilenceCommand(_ToSegment):
    """A silence ends now; on a border, for all of its segments."""

    kind: Literal["expire-silence"]
    silence_id: Identifier


AlertCommand = AcknowledgeCommand | ResolveCommand | NoteCommand
AnySilenceCommand = SilenceCommand | ExpireSilenceCommand
AnyCommand = LinkCommand | AlertCommand | AnySilenceCommand
Command = Annotated[AnyCommand, Field(discriminator="kind", description="What is commanded.")]
COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(Command)
