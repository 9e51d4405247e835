"""Routes of incidents: those that are wanted, and all that is known of one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from schemas.taxonomy import EventType, SubEventType
from services.gateway import problems
from services.gateway.asking import told
from services.gateway.asking.accepting import chosen
from services.gateway.asking.answering import GEOJSON, JSON, Ask
from services.gateway.asking.cursors import KEY_OF_NAMED
from services.gateway.asking.geometry import BoxText, PolygonText, box_of, inside, polygon_of
from services.gateway.asking.parameters import (
    BorderId,
    IncidentId,
    KnownBy,
    Of,
    Paged,
    SegmentId,
    When,
)
from services.gateway.asking.places import missing
from services.gateway.asking.told import IncidentCollection, IncidentPage, WholeIncident
from services.gateway.conditional import SAME
from services.ledger import one_incident, reports
from services.ledger.located import Area
from services.ledger.paging import Known
from services.ledger.reports import ReportsWanted

router = APIRouter(tags=["incidents"], responses=SAME)

Status = Literal["reported", "confirmed", "corrected", "retracted"]


class IncidentsAsked(Of, Paged):
    """Which incidents: all that is given must hold."""

    segment: SegmentId | None = Field(default=None, description="Those that count on this segment.")
    border: BorderId | None = Field(
        default=None, description="Those that count on this border or one of its segments."
    )
    bbox: BoxText | None = None
    polygon: PolygonText | None = None
    since: When | None = Field(default=None, description="Not over before this moment of events.")
    until: When | None = Field(default=None, description="Begun before this moment of events.")
    type: list[EventType] = Field(
        default=[], max_length=6, description="One of these event types.", examples=[["Battles"]]
    )
    sub_type: list[SubEventType] = Field(
        default=[],
        max_length=40,
        description="One of these sub-event types.",
        examples=[["Armed clash"]],
    )
    status: list[Status] = Field(
        default=["reported", "confirmed", "corrected"],
        min_length=1,
        max_length=4,
        description="What the last revision says; a retracted incident is told only on request.",
        examples=[["confirmed", "corrected"]],
    )


@router.get(
    "/v1/incidents",
    operation_id="listIncidents",
    summary="Incidents, by place, time and type",
    # One of the two a media type, in the order of both: the description tells them apart.
    response_model=IncidentPage | IncidentCollection,
    responses={
        200: {"content": {JSON: {}, GEOJSON: {}}},
        **problems.responses(
            problems.BAD_REQUEST, problems.NOT_ACCEPTABLE, problems.READ_MODEL_AWAY
        ),
    },
)
def incidents(asked: Annotated[IncidentsAsked, Query()], asking: Ask, request: Request) -> Response:
    """Return the incidents that are wanted, the latest event first.

    Each is told by its last report. What cannot be placed has no geometry in GeoJSON.
    """
    media = chosen(request, JSON, GEOJSON)
    area = None if asked.polygon is None else polygon_of(asked.polygon)
    wanted = ReportsWanted(
        asked.traffic,
        tuple(asked.status),
        Area(asked.segment, asked.border),
        None if asked.bbox is None else box_of(asked.bbox),
        None if area is None else inside(area),
        asked.since,
        asked.until,
        tuple(asked.type),
        tuple(asked.sub_type),
    )
    at, window = asking.page(reports.TOPICS, asked, KEY_OF_NAMED, media)
    known = Known(at, asked.as_of)
    found = reports.page(asking.ledger, wanted, known, window, classified=asking.classified)
    page = told.incident_page(found.items, asking.next(found.last, at), asking.shown)
    return asking.answer(page if media == JSON else told.drawn(page), at, media)


# An id may hold a slash, which is one in a path however it is written.
@router.get(
    "/v1/incidents/{incident_id:path}",
    operation_id="getIncident",
    summary="One incident, with all that became of it",
    response_model=WholeIncident,
    responses=problems.responses(problems.NOT_FOUND, problems.READ_MODEL_AWAY),
)
def incident(
    incident_id: Annotated[IncidentId, Path()], asked: Annotated[KnownBy, Query()], asking: Ask
) -> Response:
    """Return all revisions of an incident, what was known when, what it counts as, and rejections.

    Who reported is withheld from callers who may not see it.
    """
    known = asking.known(reports.TOPICS, asked)
    found = one_incident.whole(asking.ledger, incident_id, known, classified=asking.classified)
    if found is None:
        raise missing("incident", incident_id, (), "/v1/incidents")
    return asking.answer(
        told.whole(found, asking.shown, classified=asking.classified), known.positions
    )
