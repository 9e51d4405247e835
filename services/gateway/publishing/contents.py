"""What operators send, and what they are answered."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.base import Identifier, Moment, RecordRef, Text
from schemas.incident import Traffic
from services.gateway.asking.examples import example

_SILENCE = example("commands", "silence-of-a-segment")
_SAID: dict[str, Any] = {
    "command_id": "commands:2:17",
    "record": {"topic": "commands", "partition": 2, "offset": 17},
    "segment_id": "KGZ-TJK-050-02",
    "alert_id": "KGZ-TJK-050-02:20210428T130000.000000Z",
    "silence_id": None,
}


class Said(BaseModel):
    """A command that stands in the log; what came of it is told by the alert."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_SAID]})

    command_id: str = Field(description="Where it stands, as one word.")
    record: RecordRef
    segment_id: str
    alert_id: str | None = None
    silence_id: str | None = None


class Content(BaseModel):
    """The content of a command."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OnLevel(Content):
    """Why, and at which level: at a worse one than was seen the command does not count."""

    note: Text | None = None
    level: Level | None = Field(
        default=None, description="The alert's as you saw it; unset: the one that it has."
    )


class Note(Content):
    """A remark."""

    note: Text


class NewSilence(Content):
    """What is not delivered for a while: ``ends`` or ``lasts_s`` says until when."""

    segment_id: Identifier = Field(description="A segment, or a border as a whole.")
    traffic: Traffic = Traffic.ACTUAL
    starts: Moment | None = Field(default=None, description="Unset: now.")
    ends: Moment | None = None
    lasts_s: float | None = Field(default=None, gt=0, le=366 * 86_400, description="[s]")
    levels: tuple[Level, ...] = Field(default=(), description="Of alerts; empty: every one.")
    transitions: tuple[Transition, ...] = Field(default=(), description="Empty: the whole alert.")
    note: Text | None = None


EXAMPLES: dict[type[Content], dict[str, Any]] = {
    OnLevel: {"note": "A patrol is on its way.", "level": "watch"},
    Note: {"note": example("commands", "note")["note"]},
    NewSilence: {name: _SILENCE[name] for name in NewSilence.model_fields if name in _SILENCE},
}
"""A valid content of each kind."""
