"""Routes for operators: the silences in force, and what was rejected and why."""

from base64 import urlsafe_b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Moment, RecordRef
from schemas.command import SilenceCommand
from schemas.rejection import Cut, FieldError, RejectReason
from schemas.topics import COMMANDS, REJECTED, TOPICS
from services.alerts.board import in_force
from services.gateway import problems
from services.gateway.asking.answering import Ask
from services.gateway.asking.cursors import KEY_OF_RECORD
from services.gateway.asking.examples import example
from services.gateway.asking.parameters import BorderId, KnownBy, Paged, SegmentId, Then, When
from services.gateway.asking.told import Next
from services.gateway.conditional import SAME
from services.gateway.parts import Given
from services.gateway.who import Operator
from services.ledger import operating
from services.ledger.operating import RejectionsWanted
from services.ledger.paging import Known, positions

router = APIRouter(tags=["operating"], responses=SAME)

SHOWN_BYTES = 2_000
"""How much of a rejected value a list shows [bytes]."""

_SILENCE = example("commands", "silence-of-a-segment")


_REJECTED: dict[str, Any] = {
    "rejection": {"topic": "incidents.rejected", "partition": 0, "offset": 3},
    "value_bytes": 9,
    "value": "bm8ganNvbg==",
    **{
        name: value
        for name, value in example("incidents.rejected", "too-far").items()
        if name in ("record", "recorded_at", "reason", "detail", "errors")
    },
    "cut": None,
}


class Silences(BaseModel):
    """The silences in force, by when they end."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"items": [_SILENCE]}]})

    items: tuple[SilenceCommand, ...]


class SilencesAsked(Then):
    """Which silences."""

    segment: SegmentId | None = Field(
        default=None, description="Of this segment or of its border as a whole."
    )
    border: BorderId | None = Field(
        default=None, description="Of this border or of one of its segments."
    )
    at: When | None = Field(
        default=None, description="Those that have not ended at this moment; default: now."
    )


class RejectionItem(BaseModel):
    """A record that was set aside, and why."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [_REJECTED]},
    )

    rejection: RecordRef = Field(description="Where the rejection stands in the log.")
    record: RecordRef = Field(description="Where the record stands that was rejected.")
    recorded_at: Moment
    reason: RejectReason
    detail: str
    errors: tuple[FieldError, ...]
    value_bytes: int = Field(ge=0, description="[bytes] of the original value.")
    value: str = Field(
        description=f"The first {SHOWN_BYTES:,} bytes of it, base64url (RFC 4648, section 5)."
    )
    cut: Cut | None = Field(
        default=None, description="What the record was before the rejection cut it."
    )


class RejectionPage(BaseModel):
    """A page of rejections, the last first."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"items": [_REJECTED], "next": None}]}
    )

    items: tuple[RejectionItem, ...]
    next: str | None = Next


class RejectionsAsked(KnownBy, Paged):
    """Which rejections."""

    reason: list[RejectReason] = Field(
        default=[], max_length=20, description="One of these reasons.", examples=[["invalid"]]
    )
    topic: str | None = Field(
        default=None,
        description="The topic of the record that was rejected.",
        pattern=f"^({'|'.join(topic.name.replace('.', '[.]') for topic in TOPICS)})$",
        examples=["incidents"],
    )
    since: When | None = Field(default=None, description="Recorded at this moment or later.")
    until: When | None = Field(default=None, description="Recorded before this moment.")


@router.get(
    "/v1/silences",
    operation_id="listSilences",
    summary="The silences that are in force, or begin later",
    response_model=Silences,
    responses=problems.responses(problems.READ_MODEL_AWAY),
)
def silences(asked: Annotated[SilencesAsked, Query()], asking: Ask, parts: Given) -> Response:
    """Return the silences that have not ended, by when they end.

    Who commanded, and why, is withheld from callers who may not see it.
    """
    known = Known(positions(asking.ledger, (COMMANDS.name, REJECTED.name)), asked.as_of)
    said = operating.silencing(asking.ledger, asked.traffic, known, classified=asking.classified)
    found = in_force(said, asked.at or parts.clock())
    chosen = tuple(s for s in found if _of(s.segment_id, asked))
    # What is in force depends on the clock too.
    return asking.hashed(Silences(items=chosen))


@router.get(
    "/v1/rejections",
    operation_id="listRejections",
    summary="What was set aside, and why",
    response_model=RejectionPage,
    responses=problems.responses(problems.BAD_REQUEST, problems.READ_MODEL_AWAY),
)
def rejections(
    asked: Annotated[RejectionsAsked, Query()], asking: Ask, _caller: Operator
) -> Response:
    """Return the records that were rejected, the last first. Needs the scope `operate`.

    A value is shown by its beginning; the whole stands in the log, where `rejection` says.
    """
    wanted = RejectionsWanted(tuple(asked.reason), asked.topic, asked.since, asked.until)
    at, window = asking.page((REJECTED.name,), asked, KEY_OF_RECORD)
    known = Known(at, asked.as_of)
    found = operating.rejections(asking.ledger, wanted, known, window, SHOWN_BYTES)
    items = tuple(
        RejectionItem(
            rejection=place,
            record=said.record,
            recorded_at=said.recorded_at,
            reason=said.reason,
            detail=said.detail,
            errors=said.errors,
            value_bytes=size,
            value=urlsafe_b64encode(said.value).decode(),
            cut=said.cut,
        )
        for place, size, said in found.items
    )
    return asking.answer(RejectionPage(items=items, next=asking.next(found.last, at)), at)


def _of(silenced: str, asked: SilencesAsked) -> bool:
    """Tell whether a silence of a segment, or of a border as a whole, is asked for."""
    segment = asked.segment
    of_segment = segment is None or silenced == segment or segment.startswith(f"{silenced}-")
    border = asked.border
    of_border = border is None or silenced == border or silenced.startswith(f"{border}-")
    return of_segment and of_border
