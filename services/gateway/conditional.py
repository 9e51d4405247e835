"""Conditional requests (RFC 9110, section 13): who has an answer already is told so with 304."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from fastapi import Header, Request

Held = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=4000,
        description="The `ETag` of what the client has: it is told 304 if it would get the same.",
        examples=['W/"2f1d6c7be9a04c5d8f3b2a1908e7d6c5"'],
    ),
]

SAME: dict[int | str, dict[str, Any]] = {304: {"description": "What the client has is the same"}}
"""What a route says of answers that the client has."""


def tag(determines: Iterable[bytes], *, weak: bool = False) -> str:
    """Return the entity tag of an answer by what determines it.

    Parameters
    ----------
    weak
        What determines it is not its bytes, which may differ where the tag does not.
    """
    digest = hashlib.sha256()
    for part in determines:
        digest.update(part)
    return ("W/" if weak else "") + f'"{digest.hexdigest()[:32]}"'


def holds(request: Request, etag: str, changed: datetime | None = None) -> bool:
    """Tell whether the client has the answer of a tag.

    Parameters
    ----------
    changed
        When the answer last changed; tags of the client's count before a time of its.
    """
    given = request.headers.get("if-none-match")
    if given is not None:
        # Tags are compared weakly: a proxy that compresses may have marked ours as weak.
        held = {one.strip().removeprefix("W/") for one in given.split(",")}
        return "*" in held or etag.removeprefix("W/") in held
    since = request.headers.get("if-modified-since")
    if since is None or changed is None:
        return False
    try:
        # The header has whole seconds.
        return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return False
