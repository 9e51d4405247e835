"""What questions have in common: as of when, of which traffic, which page; each in its words."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.base import EARLIEST, LATEST, Identifier
from schemas.incident import Traffic

LIMIT, MOST = 100, 500
"""How many items a page has unless told otherwise, and at most."""

_EXAMPLE = "2021-04-29T18:00:00+06:00"
_SPACED = re.compile(r"(.*:.*) (\d\d:?\d\d)$")


def _moment(value: object) -> datetime:
    """Return the moment of an ISO 8601 date (its 00:00) or date-time; UTC without an offset.

    One before or after all that can be recorded is the first or last moment that can.
    """
    if isinstance(value, datetime):
        return value
    # In a query a plus that is not escaped reads as a space.
    text = _SPACED.sub(r"\1+\2", str(value).strip()).upper()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if re.fullmatch(r"0000-\d\d-\d\d(T.*)?", text):
            return EARLIEST
        raise PydanticCustomError(
            "moment",
            "expected an ISO 8601 date or date-time, e.g. 2021-04-29, 2021-04-29T12:00 (UTC) or "
            "2021-04-29T18:00+06:00 (in a query: %2B06:00)",
        ) from None
    known = found.replace(tzinfo=found.tzinfo or UTC)
    # Clamped before it is turned to UTC, which may leave the calendar.
    return min(max(known, EARLIEST), LATEST).astimezone(UTC)


When = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [_EXAMPLE]}),
]
"""A moment in a query, in UTC."""

_FORM = "ISO 8601; a date alone is its 00:00, and what has no offset is UTC."


class Asked(BaseModel):
    """The parameters of a question; one that is misspelt is refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KnownBy(Asked):
    """What of the log counts."""

    as_of: When | None = Field(
        default=None,
        description=f"Only what the log held by this record time counts; default: all. {_FORM}",
    )


class Of(KnownBy):
    """What is asked of one kind of traffic."""

    traffic: Traffic = Field(
        default=Traffic.ACTUAL,
        description="Which kind of messages: real ones are `actual`.",
        examples=["actual"],
    )


class Then(Of):
    """What is asked of a moment too."""

    at: When | None = Field(
        default=None,
        description=f"What is believed of this moment of events; default: of the last. {_FORM}",
    )


class Paged(Asked):
    """Which part of a list."""

    limit: int = Field(
        default=LIMIT,
        ge=1,
        le=MOST,
        description=f"How many items a page has at most; {MOST} is the most that can be asked.",
        examples=[LIMIT],
    )
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=16_000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Where the page begins: what `next` of the page before has, as it stands "
        "there. The other parameters must be the same as then.",
    )


SegmentId = Annotated[Identifier, Field(examples=["KGZ-TJK-050-07"])]
BorderId = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{3}-[A-Z]{3}$",
        description="Two ISO 3166-1 alpha-3 codes in alphabetical order.",
        examples=["KGZ-TJK"],
    ),
]
IncidentId = Annotated[Identifier, Field(examples=["KGZ-TJK-2021-0012"])]
AlertId = Annotated[Identifier, Field(examples=["KGZ-TJK-050-02:20210428T130000.000000Z"])]
