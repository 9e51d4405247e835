"""A record that was not folded, with its original bytes and the reason."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from schemas.base import Contract, Moment, RecordRef, Text


class RejectReason(StrEnum):
    """Why a record was not folded; the first word of each is what an operator filters by."""

    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    NOT_A_CLOUDEVENT = "not-a-cloudevent"
    UNKNOWN_VERSION = "unknown-version"
    INVALID = "invalid"
    KEY_MISMATCH = "key-mismatch"
    FROM_THE_FUTURE = "from-the-future"
    REVISION_CONFLICT = "revision-conflict"
    TOO_FAR = "too-far"
    TOO_COARSE = "too-coarse"
    NOT_OPEN = "not-open"
    FAILED = "failed"

    @property
    def set_aside(self) -> bool:
        """True for what is valid and leads to nothing, such as a report of no watched border."""
        return self in (RejectReason.TOO_FAR, RejectReason.TOO_COARSE, RejectReason.NOT_OPEN)


class FieldError(Contract):
    """What is wrong with one field and what was expected."""

    field: str = Field(description="Dotted path, e.g. 'data.place.latitude'; '' for the whole.")
    value: str = Field(description="What was found, cut to 200 characters.")
    expected: str


class Cut(Contract):
    """What a record was before it was cut, because a message of its whole would not fit."""

    key_bytes: int = Field(ge=0, description="[bytes] of the whole key.")
    headers_count: int = Field(ge=0)
    headers_bytes: int = Field(ge=0, description="[bytes] of all names and values.")
    value_bytes: int = Field(ge=0, description="[bytes] of the whole value.")
    value_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the whole value, in hexadecimal."
    )


class Rejection(Contract):
    """What ``incidents.rejected`` carries; the key is the source record's key."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    schema_version: Literal[1] = 1
    record: RecordRef
    recorded_at: Moment
    reason: RejectReason
    detail: Text
    errors: tuple[FieldError, ...] = Field(default=(), max_length=20)
    headers: tuple[tuple[str, bytes], ...] = ()
    value: bytes = Field(description="The original bytes, whole unless cut; base64url in JSON.")
    cut: Cut | None = Field(
        default=None,
        # What is whole has the bytes it had before this field was known, so that a replay of an
        # older log gives the log.
        exclude_if=lambda cut: cut is None,
        description="Absent when key, headers and value are whole. Otherwise each is a beginning; "
        "the whole stands in the source topic, at the place that ``record`` names.",
    )
