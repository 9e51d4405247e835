"""Routes of what is drawn on a map: borders and segments, where each stands."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from services.gateway import problems
from services.gateway.asking import features
from services.gateway.asking.answering import GEOJSON, Ask, Asking
from services.gateway.asking.features import (
    BorderCollection,
    BorderFeature,
    SegmentCollection,
    SegmentFeature,
)
from services.gateway.asking.geometry import BoxText, box_of
from services.gateway.asking.parameters import BorderId, SegmentId, Then
from services.gateway.asking.places import Places
from services.gateway.asking.shared import Believer, Believing, Drawn
from services.gateway.asking.standing import TOPICS, Now, standing
from services.gateway.conditional import SAME
from services.ledger.paging import Known, positions

router = APIRouter(tags=["places"], responses=SAME)

_MAY_FAIL = problems.responses(problems.BAD_REQUEST, problems.TOO_MANY, problems.READ_MODEL_AWAY)
_MAY_MISS = _MAY_FAIL | problems.responses(problems.NOT_FOUND)


class GeoJSON(JSONResponse):
    """A response of GeoJSON."""

    media_type = GEOJSON


class WithLines(Then):
    """How a place is told."""

    geometry: bool = Field(
        default=True, description="False leaves the lines out, for who has drawn them already."
    )


class BordersAsked(WithLines):
    """Which borders."""

    bbox: BoxText | None = None


class SegmentsAsked(BordersAsked):
    """Which segments."""

    border: BorderId | None = None


@router.get(
    "/v1/borders",
    operation_id="listBorders",
    summary="Borders, where each stands",
    response_class=GeoJSON,
    response_model=BorderCollection,
    responses=_MAY_FAIL,
)
def borders(
    asked: Annotated[BordersAsked, Query()], asking: Ask, places: Drawn, believer: Believing
) -> Response:
    """Return every watched border, or those that touch a box, with the worst of their levels.

    `as_of` gives what was known then; `at` what is believed of then, of at most 60 segments.
    """
    names = set(places.borders)
    if asked.bbox is not None:
        within = places.within(box_of(asked.bbox))
        names = {places.segments[i].border_id for i in within}
    known, now = _now(asking, asked, _parts(places, names), believer)
    told = [_border(places, name, now, asked) for name in sorted(names)]
    return _answer(asking, features.collection(told), asked, known)


@router.get(
    "/v1/borders/{border_id}",
    operation_id="getBorder",
    summary="One border, where it stands",
    response_class=GeoJSON,
    response_model=BorderFeature,
    responses=_MAY_MISS,
)
def border(
    border_id: Annotated[BorderId, Path()],
    asked: Annotated[WithLines, Query()],
    asking: Ask,
    places: Drawn,
    believer: Believing,
) -> Response:
    """Return a watched border with the worst level of its segments and of itself as a whole."""
    places.border(border_id)
    known, now = _now(asking, asked, _parts(places, {border_id}), believer)
    told = _border(places, border_id, now, asked)
    return _answer(asking, told, asked, known)


@router.get(
    "/v1/segments",
    operation_id="listSegments",
    summary="Segments, where each stands",
    response_class=GeoJSON,
    response_model=SegmentCollection,
    responses=_MAY_FAIL,
)
def segments(
    asked: Annotated[SegmentsAsked, Query()], asking: Ask, places: Drawn, believer: Believing
) -> Response:
    """Return every watched segment, or those of a border or that touch a box, with their levels.

    `as_of` gives what was known then; `at` what is believed of then, of at most 60 segments.
    """
    names = set(places.segments)
    if asked.border is not None:
        names = set(places.of_border.get(asked.border, ()))
    if asked.bbox is not None:
        names &= places.within(box_of(asked.bbox))
    known, now = _now(asking, asked, names, believer)
    told = [_segment(places, name, now, asked) for name in sorted(names)]
    return _answer(asking, features.collection(told), asked, known)


@router.get(
    "/v1/segments/{segment_id}",
    operation_id="getSegment",
    summary="One segment, where it stands",
    response_class=GeoJSON,
    response_model=SegmentFeature,
    responses=_MAY_MISS,
)
def segment(
    segment_id: Annotated[SegmentId, Path()],
    asked: Annotated[WithLines, Query()],
    asking: Ask,
    places: Drawn,
    believer: Believing,
) -> Response:
    """Return a watched segment with its level, probabilities, open alert and delimitation."""
    places.segment(segment_id)
    known, now = _now(asking, asked, {segment_id}, believer)
    told = _segment(places, segment_id, now, asked)
    return _answer(asking, told, asked, known)


def _now(
    asking: Asking, asked: WithLines, names: Iterable[str], believer: Believer
) -> tuple[Known, Now]:
    """Return what of the ledger counts, and where ``names`` stand by it."""
    if asked.at is None:
        known = asking.known(TOPICS, asked, GEOJSON)
    else:
        # What is believed depends on the model too: its answer is told by its own bytes.
        known = Known(positions(asking.ledger, TOPICS), asked.as_of)
    return known, standing(asking, asked, known, sorted(names), believer)


def _parts(places: Places, border_ids: Iterable[str]) -> list[str]:
    return [part for i in border_ids for part in (i, *places.of_border[i])]


def _segment(places: Places, name: str, now: Now, asked: WithLines) -> bytes:
    properties = features.segment(places, name, now, asked.at or asked.as_of)
    return features.feature(places, name, properties, lines=asked.geometry)


def _border(places: Places, name: str, now: Now, asked: WithLines) -> bytes:
    properties = features.border(places, name, now, asked.at or asked.as_of)
    return features.feature(places, name, properties, lines=asked.geometry)


def _answer(asking: Asking, content: bytes, asked: WithLines, known: Known) -> Response:
    if asked.at is None:
        return asking.answer(content, known.positions, GEOJSON)
    return asking.hashed(content, GEOJSON)
