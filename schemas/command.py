"""What an operator tells the service: keyed by segment, folded like everything else."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import Contract, Identifier, Name, Text
from schemas.incident import Traffic


class _ToSegment(Contract):
    schema_version: Literal[1] = 1
    segment_id: Identifier = Field(description="Segment, or border as a whole; the record's key.")
    traffic: Traffic = Traffic.ACTUAL
    author: Name = Field(description="Who commands it.", json_schema_extra={"classified": True})
    note: Text | None = Field(default=None, description="Why.")


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


Command = Annotated[LinkCommand, Field(description="What is commanded.")]
