"""One revision of one incident: what happened, where, when, to whom, and who says so."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from schemas.base import Contract, Count, CountryCode, Identifier, Moment, Name, Text
from schemas.taxonomy import TYPE_OF, EventType, Step, SubEventType


class Traffic(StrEnum):
    """Whether a message is real. Only ``actual`` may reach a real channel as such (CAP status).

    A ``heartbeat`` goes the way of a report, to show that the way is open.
    """

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"
    HEARTBEAT = "heartbeat"


class TimePrecision(StrEnum):
    """How well the time is known. UCDP's date precision runs from day to year."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class When(Contract):
    """The time an incident took; a day known only by date runs from 00:00 UTC."""

    start: Moment
    end: Moment | None = Field(default=None, description="Null when it was over at once.")
    precision: TimePrecision

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end is not None and self.end < self.start:
            msg = f"end {self.end.isoformat()} lies before start {self.start.isoformat()}"
            raise ValueError(msg)
        return self


class GeoPrecision(StrEnum):
    """How well the place is known: UCDP GED's seven codes (Hoegbladh 2023, GED Codebook 23.1)."""

    EXACT = "exact"
    NEAR = "near"
    DISTRICT = "district"
    PROVINCE = "province"
    LINEAR = "linear"
    COUNTRY = "country"
    INTERNATIONAL = "international"


class Place(Contract):
    """Where it happened, as far as the report knows."""

    name: Name
    latitude: float | None = Field(default=None, ge=-90, le=90, description="[degrees, WGS 84]")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="[degrees, WGS 84]")
    precision: GeoPrecision = Field(
        description="exact: the place itself; near: within 25 km; the rest are areas."
    )
    countries: tuple[CountryCode, ...] = Field(
        default=(), max_length=8, description="Both countries of a border place it on that border."
    )

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give both latitude and longitude, or neither")
        if self.latitude is None and self.precision in (GeoPrecision.EXACT, GeoPrecision.NEAR):
            msg = f"precision '{self.precision}' needs latitude and longitude"
            raise ValueError(msg)
        return self


def _ordered(low: int | None, best: int | None, high: int | None) -> None:
    known = [n for n in (low, best, high) if n is not None]
    if known != sorted(known):
        msg = f"expected low <= best <= high, got low={low}, best={best}, high={high}"
        raise ValueError(msg)


class Claim(Contract):
    """One party's count of one side's dead or injured; claims are kept apart, never merged."""

    claimant: Name = Field(description="Who counts, e.g. 'Ministry of Health of Kyrgyzstan'.")
    of_side: Name = Field(description="Whose dead or injured are counted, e.g. 'KGZ'.")
    low: Count | None = Field(default=None, description="[persons]; null when unknown.")
    best: Count | None = Field(default=None, description="[persons]; null when unknown.")
    high: Count | None = Field(default=None, description="[persons]; null when unknown.")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        _ordered(self.low, self.best, self.high)
        return self


class Toll(Contract):
    """The dead or the injured of an incident; unknown is null, never 0."""

    low: Count | None = Field(default=None, description="[persons]; null when unknown.")
    best: Count | None = Field(default=None, description="[persons]; null when unknown.")
    high: Count | None = Field(default=None, description="[persons]; null when unknown.")
    claims: tuple[Claim, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        _ordered(self.low, self.best, self.high)
        return self


class Actor(Contract):
    """A party to the incident."""

    name: Name
    side: Name | None = Field(default=None, description="The side it stands on, e.g. 'TJK'.")


class Source(Contract):
    """Who reports it, graded by NATO's Admiralty code (AJP-2.1): source and information apart."""

    name: Name = Field(json_schema_extra={"classified": True})
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")] | None = Field(
        default=None, json_schema_extra={"classified": True}
    )
    reliability: Literal["A", "B", "C", "D", "E", "F"] = Field(
        default="F", description="Of the source: A completely reliable .. E unreliable, F unknown."
    )
    credibility: Literal[1, 2, 3, 4, 5, 6] = Field(
        default=6, description="Of the information: 1 confirmed .. 5 improbable, 6 unknown."
    )


class NativeCode(Contract):
    """What the incident is called where it comes from."""

    scheme: Literal["UCDP-GED", "ACLED", "GDELT-CAMEO", "other"]
    id: Name
    code: Name | None = None


class _Revision(Contract):
    incident_id: Identifier
    revision: int = Field(ge=1, le=1_000_000, description="A later revision replaces the earlier.")
    traffic: Traffic = Traffic.ACTUAL


class IncidentReport(_Revision):
    """A revision that says what happened."""

    status: Literal["reported", "confirmed", "corrected"]
    status_reason: Text | None = Field(default=None, description="Required when corrected.")
    occurred: When
    place: Place
    event_type: EventType
    sub_event_type: SubEventType
    steps: tuple[Step, ...] = Field(
        default=(),
        max_length=5,
        description="Steps of the ladder seen, beside the one the sub-event type shows: 1 works, "
        "2 stones, 3 warning shots, 4 shots, 5 heavy weapons.",
    )
    summary: Text
    actors: tuple[Actor, ...] = Field(default=(), max_length=50)
    fatalities: Toll = Toll()
    injured: Toll = Toll()
    sources: tuple[Source, ...] = Field(default=(), max_length=100)
    native: NativeCode | None = None
    corroborates: Identifier | None = Field(
        default=None,
        description="Another incident that this one is, as the reporter knows: counted once.",
    )
    sealed: Annotated[str, Field(max_length=800_000, pattern=r"^[A-Za-z0-9_-]+$")] | None = Field(
        default=None,
        description="Who the sources are, encrypted by the gateway (base64url): their names above "
        "are then pseudonyms. It is no part of what a revision says.",
        json_schema_extra={"classified": True},
    )

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        if TYPE_OF[self.sub_event_type] is not self.event_type:
            msg = (
                f"sub_event_type '{self.sub_event_type}' belongs to event_type "
                f"'{TYPE_OF[self.sub_event_type]}', not '{self.event_type}'"
            )
            raise ValueError(msg)
        if self.corroborates == self.incident_id:
            raise ValueError("corroborates names the incident itself; name another one")
        if self.status == "corrected" and self.status_reason is None:
            raise ValueError("a corrected revision needs status_reason: say what was wrong")
        return self


class IncidentRetraction(_Revision):
    """A revision that takes the whole incident back, as if it had never been reported."""

    status: Literal["retracted"]
    status_reason: Text


Incident = Annotated[IncidentReport | IncidentRetraction, Field(discriminator="status")]
INCIDENT: TypeAdapter[IncidentReport | IncidentRetraction] = TypeAdapter(Incident)
