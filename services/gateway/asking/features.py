"""Segments and borders as GeoJSON features (RFC 7946): where each stands, and its lines."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from schemas.assessment import Level
from schemas.base import CountryCode, Identifier, Moment, Probability
from schemas.segment import Delimitation, DelimitationStatus
from services.gateway.asking.examples import BORDER, SEGMENT
from services.gateway.asking.places import Places
from services.gateway.asking.standing import Now
from services.ledger.levels import Stands

Position = Annotated[list[float], Field(min_length=2, max_length=2)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Lines(_Answer):
    """Longitudes and latitudes [degrees, WGS 84], as Natural Earth 1:10m draws them."""

    type: Literal["MultiLineString"]
    coordinates: list[Annotated[list[Position], Field(min_length=2)]]


class Chances(_Answer):
    """What the model expects after the assessment."""

    escalation_14d: Probability = Field(
        description="Deaths in the next 14 days reach 5 and twice the 180-day rate."
    )
    fatal_7d: Probability = Field(description="Any fatal event in the next 7 days.")
    fatal_14d: Probability = Field(description="Any fatal event in the next 14 days.")


class _Drawn(_Answer):
    countries: tuple[CountryCode, CountryCode]
    drawn_km: float = Field(gt=0, description="[km] geodesic length of the line as drawn.")
    delimitation_status: DelimitationStatus | None = Field(
        description="What both countries have agreed on; null where it is not known."
    )
    delimitation: Delimitation | None = Field(
        description="Lengths and source of that: [km] by the source, and [km] agreed."
    )
    level: Level | None = Field(description="Null where nothing was ever assessed.")
    probabilities: Chances | None
    assessed_at: Moment | None = Field(description="Record time of what it follows from.")
    model_version: str | None


class SegmentProperties(_Drawn):
    """A segment, and where it stands."""

    segment_id: Identifier
    border_id: Identifier
    number: int = Field(ge=1, description="Along the border.")
    nominal_km: int = Field(gt=0, description="[km] length that the border was cut to.")
    neighbours: tuple[Identifier, ...] = Field(description="Segments that share an end with it.")
    alert_id: Identifier | None = Field(description="The open alert.")
    alert_opened_at: Moment | None


class BorderProperties(_Drawn):
    """A border; its level and probabilities are the worst of its segments and of itself."""

    border_id: Identifier
    segments: int = Field(ge=1, description="How many it is cut into.")
    worst_id: Identifier | None = Field(
        description="The segment of the highest probability of escalation, or the border itself."
    )
    alert_ids: tuple[Identifier, ...] = Field(description="Open alerts.")


class _Feature(_Answer):
    type: Literal["Feature"]
    id: Identifier
    geometry: Lines | None = Field(description="Null where `geometry=false` was asked for.")


class SegmentFeature(_Feature):
    """A segment as GeoJSON."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEGMENT]})
    properties: SegmentProperties


class BorderFeature(_Feature):
    """A border as GeoJSON."""

    model_config = ConfigDict(json_schema_extra={"examples": [BORDER]})
    properties: BorderProperties


class SegmentCollection(_Answer):
    """Segments, by id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "FeatureCollection", "features": [SEGMENT]}]}
    )
    type: Literal["FeatureCollection"]
    features: list[SegmentFeature]


class BorderCollection(_Answer):
    """Borders, by id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "FeatureCollection", "features": [BORDER]}]}
    )
    type: Literal["FeatureCollection"]
    features: list[BorderFeature]


def segment(places: Places, segment_id: str, now: Now, then: datetime | None) -> SegmentProperties:
    """Return a segment's properties as of ``then``, None: as they are now."""
    found, stands = places.segments[segment_id], now.levels.get(segment_id)
    agreed = places.delimitation(found.border_id, then.date() if then else None)
    alert = now.alerts.get(segment_id)
    return SegmentProperties(
        **found.model_dump(exclude={"lines"}),
        delimitation_status=agreed.status if agreed else None,
        delimitation=agreed,
        level=stands.level if stands else None,
        probabilities=_chances([stands]) if stands else None,
        assessed_at=stands.assessed_at if stands else None,
        model_version=stands.model_version if stands else None,
        alert_id=alert.alert_id if alert else None,
        alert_opened_at=alert.opened_at if alert else None,
    )


def border(places: Places, border_id: str, now: Now, then: datetime | None) -> BorderProperties:
    """Return a border's properties as of ``then``, None: as they are now."""
    own = [border_id, *places.of_border[border_id]]
    stands = {i: now.levels[i] for i in own if i in now.levels}
    worst = max(stands, key=lambda i: (stands[i].escalation_14d, i), default=None)
    agreed = places.delimitation(border_id, then.date() if then else None)
    drawn = sum(places.segments[i].drawn_km for i in places.of_border[border_id])
    return BorderProperties(
        border_id=border_id,
        countries=places.borders[border_id].countries,
        segments=len(own) - 1,
        drawn_km=round(drawn, 3),
        delimitation_status=agreed.status if agreed else None,
        delimitation=agreed,
        level=Level.worst(*(s.level for s in stands.values())) if stands else None,
        probabilities=_chances(stands.values()) if stands else None,
        assessed_at=max((s.assessed_at for s in stands.values()), default=None),
        model_version=stands[worst].model_version if worst else None,
        worst_id=worst,
        alert_ids=tuple(now.alerts[i].alert_id for i in own if i in now.alerts),
    )


def feature(places: Places, name: str, properties: BaseModel, *, lines: bool) -> bytes:
    """Return the text of a feature."""
    return orjson.dumps(
        {
            "type": "Feature",
            "id": name,
            "geometry": orjson.Fragment(places.geometry[name]) if lines else None,
            "properties": orjson.Fragment(properties.model_dump_json()),
        }
    )


def collection(features: Iterable[bytes]) -> bytes:
    """Return the text of a collection of features."""
    told = [orjson.Fragment(text) for text in features]
    return orjson.dumps({"type": "FeatureCollection", "features": told})


def _chances(stands: Iterable[Stands]) -> Chances:
    """Return the highest of each probability."""
    known = list(stands)
    return Chances(
        escalation_14d=max(s.escalation_14d for s in known),
        fatal_7d=max(s.fatal_7d for s in known),
        fatal_14d=max(s.fatal_14d for s in known),
    )
