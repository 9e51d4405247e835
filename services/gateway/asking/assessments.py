"""Routes of assessments: the trail of a segment, and what is said or believed of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from schemas.assessment import Assessment
from schemas.topics import ASSESSMENTS, OBSERVATIONS
from services.gateway import problems
from services.gateway.asking.answering import Ask
from services.gateway.asking.cursors import KEY_OF_RECORD
from services.gateway.asking.examples import example
from services.gateway.asking.parameters import Of, Paged, SegmentId, Then, When
from services.gateway.asking.places import Places, missing
from services.gateway.asking.shared import Believing, Drawn
from services.gateway.asking.standing import believed
from services.gateway.asking.told import Next
from services.gateway.conditional import SAME
from services.gateway.problems import Problem
from services.ledger import trail
from services.ledger.paging import Known

router = APIRouter(tags=["assessments"], responses=SAME)

_EXAMPLE = example("assessments", "critical")
_MAY_MISS = problems.responses(problems.NOT_FOUND, problems.READ_MODEL_AWAY)
_EXAMPLED: dict[str, Any] = {
    "content": {"application/json": {"example": _EXAMPLE}},
}


class AssessmentPage(BaseModel):
    """A page of a segment's trail, the last statement first."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"items": [_EXAMPLE], "next": None}]}
    )

    items: tuple[Assessment, ...]
    next: str | None = Next


class TrailAsked(Of, Paged):
    """Which part of a trail."""

    since: When | None = Field(default=None, description="Recorded at this moment or later.")
    until: When | None = Field(default=None, description="Recorded before this moment.")


@router.get(
    "/v1/segments/{segment_id}/assessments",
    operation_id="listAssessments",
    summary="The trail of a segment: all that was said of its risk",
    response_model=AssessmentPage,
    responses=_MAY_MISS | problems.responses(problems.BAD_REQUEST),
)
def assessments(
    segment_id: Annotated[SegmentId, Path()],
    asked: Annotated[TrailAsked, Query()],
    asking: Ask,
    places: Drawn,
) -> Response:
    """Return what was said of a segment, or of a border as a whole, the last statement first.

    A statement stands as it was published, with the model of its time.
    """
    _known(places, asking.ledger, segment_id)
    at, window = asking.page((ASSESSMENTS.name,), asked, KEY_OF_RECORD)
    known = Known(at, asked.as_of)
    found = trail.trail(
        asking.ledger, segment_id, asked.traffic, known, window, asked.since, asked.until
    )
    page = AssessmentPage(items=found.items, next=asking.next(found.last, at))
    return asking.answer(page, at)


@router.get(
    "/v1/segments/{segment_id}/assessment",
    operation_id="getAssessment",
    summary="What is said of a segment, was said, or is believed of a moment",
    response_model=Assessment,
    responses={200: _EXAMPLED, **_MAY_MISS, **problems.responses(problems.TOO_MANY)},
)
def assessment(
    segment_id: Annotated[SegmentId, Path()],
    asked: Annotated[Then, Query()],
    asking: Ask,
    places: Drawn,
    believer: Believing,
) -> Response:
    """Return the last assessment of a segment, or of a border as a whole.

    With `as_of`, the last that had been published by then. With `at`, what the model that serves
    now says of that moment, by what was known at `as_of`: nobody may have said anything then.
    """
    _known(places, asking.ledger, segment_id)
    if asked.at is not None:
        with believer.turn():
            said = believed(asking, asked, segment_id, believer)
        return asking.hashed(_there(said, segment_id))
    known = asking.known((ASSESSMENTS.name, OBSERVATIONS.name), asked)
    last = asking.queries.assessment_of(segment_id, asked.traffic, asked.as_of)
    return asking.answer(_there(last, segment_id), known.positions)


def _there(said: Assessment | None, segment_id: str) -> Assessment:
    if said is None:
        detail = (
            f"segment: nothing was known of {segment_id!r} in that traffic at that time; "
            "ask without as_of and at, or for /v1/segments"
        )
        raise Problem(problems.NOT_FOUND, detail)
    return said


def _known(places: Places, ledger: Engine, segment_id: str) -> None:
    """Refuse what is neither watched nor was ever assessed, such as by an earlier cut."""
    watched = segment_id in places.segments or segment_id in places.borders
    if not watched and not trail.assessed(ledger, segment_id):
        raise missing("segment", segment_id, places.segments, "/v1/segments")
