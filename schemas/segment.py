"""Borders and the segments that they are cut into."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from schemas.base import Contract, CountryCode, Identifier, Text

Point = tuple[float, float]
Line = tuple[Point, ...]


class DelimitationStatus(StrEnum):
    """How much of a border both countries have agreed on."""

    UNDELIMITED = "undelimited"
    PARTLY = "partly delimited"
    DELIMITED = "delimited"


class Delimitation(Contract):
    """What was agreed about a border from a day on; a later entry replaces an earlier one."""

    valid_from: date = Field(description="First day on which this is known to hold.")
    status: DelimitationStatus
    official_km: float = Field(gt=0, description="[km] length of the border by its source.")
    delimited_km: float = Field(ge=0, description="[km] of it that both countries agreed on.")
    source: Text


class Border(Contract):
    """The land border of two countries, as drawn by Natural Earth 1:10m; no position is taken."""

    border_id: Identifier = Field(description="Both country codes in alphabetical order.")
    countries: tuple[CountryCode, CountryCode]
    lines: tuple[Line, ...] = Field(description="(longitude, latitude) [degrees, WGS 84].")
    delimitation: tuple[Delimitation, ...] = Field(default=(), description="Oldest first.")


class Segment(Contract):
    """A stretch of a border: what risk is kept for."""

    segment_id: Identifier = Field(description="Border, nominal length and number along it.")
    border_id: Identifier
    countries: tuple[CountryCode, CountryCode]
    number: int = Field(ge=1)
    nominal_km: int = Field(gt=0, description="[km] length that the border was cut to.")
    drawn_km: float = Field(gt=0, description="[km] geodesic length of the line as drawn.")
    lines: tuple[Line, ...] = Field(description="(longitude, latitude) [degrees, WGS 84].")
    neighbours: tuple[Identifier, ...] = Field(description="Segments that share an end with it.")
