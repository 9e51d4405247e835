"""What a row of UCDP GED says, typed: the full release and the reduced table."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.base import Count
from schemas.codebooks import UCDP_VIOLENCE_WORDS

_CODE_OF_WORDS = {words: code for code, words in UCDP_VIOLENCE_WORDS.items()}


def _day(value: object) -> object:
    """Read a day; pydantic alone would take the text '20130103' for seconds since 1970."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, date):
        raise ValueError("expected a day, e.g. 2013-01-03")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _violence(value: object) -> object:
    return _CODE_OF_WORDS.get(value, value) if isinstance(value, str) else value


Day = Annotated[datetime, BeforeValidator(_day), Field(lt=datetime(2200, 1, 1, tzinfo=UTC))]
Violence = Annotated[int, BeforeValidator(_violence), Field(ge=1, le=3)]


class GedRow(BaseModel):
    """A row of a full release; figures in persons, angles in degrees. Empty cells are None."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        coerce_numbers_to_str=True,
    )

    id: int = Field(ge=0)
    type_of_violence: Violence
    country: str
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    date_start: Day
    date_end: Day
    where_prec: int = Field(ge=1, le=7)
    date_prec: int = Field(ge=1, le=5)
    low: Count | None = None
    best: Count | None = None
    high: Count | None = None
    side_a: str | None = None
    side_b: str | None = None

    relid: str | None = None
    code_status: str | None = None
    conflict_name: str | None = None
    iso3: str | None = None
    where_coordinates: str | None = None
    where_description: str | None = None
    adm_1: str | None = None
    adm_2: str | None = None
    event_clarity: int | None = Field(default=None, ge=1, le=2)
    number_of_sources: int | None = None
    source_office: str | None = None
    deaths_a: Count | None = None
    deaths_b: Count | None = None
    deaths_civilians: Count | None = None
    deaths_unknown: Count | None = None


class ReducedRow(GedRow):
    """A row of the reduced table, which leaves the precisions out.

    Its places are true to about 25 km, UCDP's code 2. Its one date is the day that the event
    began on, and the event is over within a week for more than 96 in 100 of them, code 3 (both
    measured against the same events in full releases; see docs/importing.md).
    """

    date_start: Day = Field(validation_alias="date")
    date_end: Day = Field(validation_alias="date")
    where_prec: int = 2
    date_prec: int = 3
    low: Count | None = Field(default=None, validation_alias="low_death")
    best: Count | None = Field(default=None, validation_alias="best_death")
    high: Count | None = Field(default=None, validation_alias="high_death")


_BOTH = {"id", "type_of_violence", "country", "latitude", "longitude", "side_a", "side_b"}
NEEDED: dict[type[GedRow], set[str]] = {
    GedRow: _BOTH | {"date_start", "date_end", "where_prec", "date_prec", "low", "best", "high"},
    ReducedRow: _BOTH | {"date", "low_death", "best_death", "high_death"},
}
