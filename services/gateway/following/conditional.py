"""Answers a client that has an answer already with 304 (RFC 9110, section 13)."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response


def tag(*parts: object) -> str:
    """Return the entity tag of what ``parts`` decide."""
    return '"' + sha256(repr(parts).encode()).hexdigest()[:32] + '"'


def answer(
    request: Request, body: bytes, media_type: str, etag: str, changed: datetime | None = None
) -> Response:
    """Return the answer, or 304 when the client has it.

    Parameters
    ----------
    changed
        When it last changed; an entity tag of the client's counts before it.
    """
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
    if _has(request, etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _has(request: Request, etag: str, changed: datetime | None) -> bool:
    given = request.headers.get("if-none-match")
    if given is not None:
        # Tags are compared weakly: a proxy that compresses may have marked ours as weak.
        tags = [one.strip().removeprefix("W/") for one in given.split(",")]
        return "*" in tags or etag in tags
    since = request.headers.get("if-modified-since")
    if since is None or changed is None:
        return False
    try:
        # The header has whole seconds.
        return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
