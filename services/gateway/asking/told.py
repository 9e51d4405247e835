"""What questions about incidents are answered with."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Identifier, Moment, RecordRef
from schemas.incident import Incident, IncidentReport, Traffic
from schemas.observation import Effect
from schemas.rejection import FieldError, RejectReason
from services.gateway.asking.examples import example
from services.ledger.one_incident import Whole
from services.ledger.reports import Reported

Shown = Callable[[Any], Any]
"""An incident -> the same as its reader may see it."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


Next = Field(
    default=None, description="Address of the next page, relative to the gateway; null: the last."
)

_SAID: dict[str, Any] = {
    "incident_id": "I-1",
    "status": "corrected",
    "segment_ids": ["KGZ-TJK-050-07"],
    "recorded_at": "2021-04-29T13:00:00Z",
    "record": {"topic": "incidents", "partition": 0, "offset": 4},
    "report": example("incidents", "full-correction"),
}


class IncidentItem(_Answer):
    """An incident by its last report."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    incident_id: Identifier
    status: Literal["reported", "confirmed", "corrected", "retracted"] = Field(
        description="Of the last revision; `report` is older where that took the incident back."
    )
    segment_ids: tuple[Identifier, ...] = Field(
        description="Where it counts: on one segment, or on a border as a whole; else empty."
    )
    recorded_at: Moment = Field(description="When the log took the report in.")
    record: RecordRef = Field(description="Where the report stands in the log.")
    report: IncidentReport


class IncidentPage(_Answer):
    """A page of incidents, the latest event first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SAID], "next": None}]})

    items: tuple[IncidentItem, ...]
    next: str | None = Next


class Point(_Answer):
    """Longitude and latitude [degrees, WGS 84]."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class IncidentFeature(_Answer):
    """An incident as GeoJSON."""

    type: Literal["Feature"] = "Feature"
    id: Identifier
    geometry: Point | None
    properties: IncidentItem


class IncidentCollection(_Answer):
    """A page of incidents as GeoJSON (RFC 7946); `next` is a foreign member."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "id": "I-1",
                            "geometry": {"type": "Point", "coordinates": [70.5203, 39.959]},
                            "properties": _SAID,
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[IncidentFeature, ...]
    next: str | None = Next


class RevisionTold(_Answer):
    """One revision: what it said, since when that was known, and why it was set aside, if so."""

    record: RecordRef
    recorded_at: Moment = Field(description="Since when it was known.")
    refused: RejectReason | None = Field(
        default=None, description="Why it does not count; null where it does."
    )
    incident: Incident


class EffectTold(_Answer):
    """What the incident counts as on one segment, or last counted as."""

    segment_id: Identifier
    traffic: Traffic
    counts: bool = Field(description="False once it was withdrawn or moved elsewhere.")
    nearby_km: float | None = Field(
        description="[km] from this segment, where it lies on another one nearby; else null."
    )
    since: Moment = Field(description="Record time of the last change.")
    effect: Effect = Field(
        description="Its publisher is sixteen zeros, and its sources are empty, for callers who "
        "may not see who reported."
    )


class RejectionTold(_Answer):
    """Why a revision was set aside; the details are told to operators."""

    record: RecordRef = Field(description="The revision's.")
    recorded_at: Moment
    reason: RejectReason
    detail: str | None
    errors: tuple[FieldError, ...]


class WholeIncident(_Answer):
    """An incident with all that is known of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "incident_id": "I-1",
                    "revisions": [
                        {
                            "record": {"topic": "incidents", "partition": 0, "offset": 4},
                            "recorded_at": "2021-04-29T13:00:00Z",
                            "refused": None,
                            "incident": example("incidents", "minimal-report"),
                        }
                    ],
                    "effects": [],
                    "rejections": [],
                }
            ]
        }
    )

    incident_id: Identifier
    revisions: tuple[RevisionTold, ...] = Field(description="In order of recording.")
    effects: tuple[EffectTold, ...] = Field(description="By segment.")
    rejections: tuple[RejectionTold, ...]


def incident_page(found: Iterable[Reported], follows: str | None, shown: Shown) -> IncidentPage:
    """Return a page of incidents, each report as it may be ``shown``."""
    items = (
        IncidentItem(
            incident_id=one.report.incident_id,
            status=one.status,
            segment_ids=one.segment_ids,
            recorded_at=one.recorded_at,
            record=one.record,
            report=shown(one.report),
        )
        for one in found
    )
    return IncidentPage(items=tuple(items), next=follows)


def drawn(page: IncidentPage) -> IncidentCollection:
    """Return the page as GeoJSON."""
    features = (
        IncidentFeature(id=item.incident_id, geometry=_point(item.report), properties=item)
        for item in page.items
    )
    return IncidentCollection(features=tuple(features), next=page.next)


def whole(found: Whole, shown: Shown, *, classified: bool) -> WholeIncident:
    """Return an incident; what a rejection quotes may name who reported."""
    return WholeIncident(
        incident_id=found.incident_id,
        revisions=tuple(
            RevisionTold(
                record=r.record,
                recorded_at=r.recorded_at,
                refused=RejectReason(r.refused) if r.refused else None,
                incident=shown(r.incident),
            )
            for r in found.revisions
        ),
        effects=tuple(EffectTold.model_validate(e, from_attributes=True) for e in found.effects),
        rejections=tuple(
            RejectionTold(
                record=record,
                recorded_at=r.recorded_at,
                reason=r.reason,
                detail=r.detail if classified else None,
                errors=r.errors if classified else (),
            )
            for record, r in found.rejections
        ),
    )


def _point(report: IncidentReport) -> Point | None:
    place = report.place
    if place.latitude is None or place.longitude is None:
        return None
    return Point(coordinates=(place.longitude, place.latitude))
