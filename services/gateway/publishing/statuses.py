"""What a batch is answered with: a line for each line, then one that ends it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from models.domain.intake import Refusal
from schemas.base import RecordRef
from schemas.rejection import FieldError
from services.gateway.publishing.reports import Publishable


class Status(StrEnum):
    """What became of one line."""

    ACCEPTED = "accepted"
    EMPTY = "empty"
    INVALID = "invalid"
    TOO_LONG = "too-long"
    CONFLICT = "conflict"
    LOG_AWAY = "log-away"
    IN_DOUBT = "in-doubt"


class LineStatus(BaseModel):
    """What became of one line; fields that do not apply are left out."""

    model_config = ConfigDict(frozen=True)

    line: int = Field(ge=1, description="Counted from 1.")
    status: Status
    incident_id: str | None = None
    revision: int | None = None
    record: RecordRef | None = Field(default=None, description="Where it stands, once accepted.")
    repeated: bool = Field(default=False, description="It stood there already.")
    ignored: tuple[str, ...] = ()
    detail: str | None = Field(default=None, description="What is wrong, and what to do.")
    errors: tuple[FieldError, ...] = ()


class BatchEnd(BaseModel):
    """The last line of the answer; without it the answer is not whole."""

    model_config = ConfigDict(frozen=True)

    status: Literal["end"]
    lines: int = Field(description="How many lines were read.")
    counts: dict[Status, int] = Field(description="How many of them have each status.")
    detail: str | None = Field(default=None, description="What to send again.")


@dataclass
class Tally:
    """Counts the lines of a batch."""

    counts: Counter[str] = field(default_factory=Counter)
    first_unwritten: int | None = None

    def add(self, line: int, status: Status) -> None:
        """Count a line."""
        self.counts[status.value] += 1
        if status in (Status.LOG_AWAY, Status.IN_DOUBT) and self.first_unwritten is None:
            self.first_unwritten = line

    def end(self) -> bytes:
        """Return the line that ends the answer."""
        told: dict[str, Any] = {
            "status": "end",
            "lines": self.counts.total(),
            "counts": dict(self.counts),
        }
        if self.first_unwritten is not None:
            told["detail"] = (
                f"the log went away: send the batch again from line {self.first_unwritten} on, or "
                "all of it; what stands in the log already is not written again"
            )
        return orjson.dumps(told) + b"\n"


def told(line: int, status: Status, **rest: Any) -> bytes:
    """Return a line of the answer; what is None or empty is left out."""
    content = {"line": line, "status": status.value, **{k: v for k, v in rest.items() if v}}
    return orjson.dumps(content) + b"\n"


def accepted(line: int, report: Publishable, record: RecordRef, *, repeated: bool) -> bytes:
    """Return the line of a report that stands in the log."""
    incident_id, revision = report.place
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    return told(
        line,
        Status.ACCEPTED,
        incident_id=incident_id,
        revision=revision,
        record=where,
        repeated=repeated,
        ignored=report.ignored,
    )


def invalid(line: int, refusal: Refusal) -> bytes:
    """Return the line of a report that a worker would reject."""
    return told(
        line,
        Status.INVALID,
        detail=f"{refusal.reason.value}: {refusal.detail}",
        errors=[error.model_dump() for error in refusal.errors],
    )
