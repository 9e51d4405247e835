"""Says where a page begins, opaquely: after which item, in which state of the ledger."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.base import EARLIEST, Identifier, Moment
from services.gateway import problems
from services.gateway.problems import Problem
from services.ledger.paging import Key, Positions

_Number = Annotated[int, Field(ge=0, lt=2**63)]


_After = tuple[Moment, Identifier] | tuple[Moment, _Number, _Number]


class _Cursor(BaseModel):
    """What a cursor holds; ``query`` tells the question that it belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    query: str = Field(alias="q")
    after: _After = Field(alias="a")
    positions: dict[str, tuple[tuple[_Number, _Number], ...]] = Field(alias="p")


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a page begins; ``kinds`` are the types of the parts of a key."""

    after: Key
    positions: Positions


def encode(query: Mapping[str, str], after: Key, positions: Positions) -> str:
    """Return the cursor of the page after ``after``, for the question ``query``."""
    held = _Cursor(q=_fingerprint(query), a=cast(_After, after), p=dict(positions))
    text = held.model_dump_json(by_alias=True).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(cursor: str, query: Mapping[str, str], topics: frozenset[str], key: Key) -> Begin:
    """Return where a page begins.

    Parameters
    ----------
    query
        The question as it is asked now.
    topics
        Of which the cursor must know how far they had come.
    key
        An example of what the list is ordered by, for the types of its parts.

    Raises
    ------
    Problem
        It is no cursor, or one of another question.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        held = _Cursor.model_validate_json(base64.b64decode(padded, b"-_", validate=True))
    except (ValidationError, ValueError):
        raise _refused(cursor, "this is not one") from None
    if held.query != _fingerprint(query):
        raise _refused(cursor, "this one belongs to a question with other parameters")
    after: Key = held.after
    if [type(part) for part in after] != [type(part) for part in key]:
        raise _refused(cursor, "this is not one")
    if held.positions.keys() != topics:
        raise _refused(cursor, "this one belongs to another list")
    return Begin(after, held.positions)


def _fingerprint(query: Mapping[str, str]) -> str:
    text = repr(sorted(query.items())).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


def _refused(cursor: str, why: str) -> Problem:
    shown = cursor if len(cursor) <= 40 else f"{cursor[:37]}..."
    return Problem(
        problems.BAD_REQUEST,
        f"cursor: found {shown!r}; expected what `next` of a page of the same question says; "
        f"{why}; ask again without a cursor",
    )


KEY_OF_RECORD: Key = (EARLIEST, 0, 0)
"""Lists of records: record time, partition, offset."""

KEY_OF_NAMED: Key = (EARLIEST, "")
"""Lists of what has a name: when it began, its id."""
