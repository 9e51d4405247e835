"""The base of every contract and the few types that all contracts share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """A frozen value that refuses unknown fields, NaN and infinities."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False
    )


EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The bounds of every moment: within a year of the calendar's ends sums would run over them."""


def _to_utc(value: datetime) -> datetime:
    """Return ``value`` in UTC.

    Raises
    ------
    ValueError
        It lies outside the years 2 to 9998; to turn it to UTC may already leave the calendar.
    """
    # Datetimes of different offsets are compared without turning either.
    if not EARLIEST <= value <= LATEST:
        raise ValueError("the year lies outside 2 to 9998; leave the field out where unknown")
    return value.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_to_utc),
    Field(description="[RFC 3339 date-time with offset, kept in UTC; years 2 to 9998]"),
]
Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$",
        description="Letters, digits and . _ : / @ + - ; starts with a letter or digit.",
    ),
]
Fingerprint = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{16}$",
        description="The first 64 bits of the SHA-256 of a name: tells names apart, tells none.",
    ),
]
CountryCode = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", description="ISO 3166-1 alpha-3 code, e.g. 'KGZ'.")
]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Probability = Annotated[float, Field(ge=0, le=1)]


class RecordRef(Contract):
    """Where a record stands in the log."""

    topic: str = Field(description="Topic name without the deployment's prefix.")
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
