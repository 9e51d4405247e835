"""Answers with a document, unless the client has it."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response

from services.gateway import conditional

HeldSince = Annotated[
    str | None,
    Header(
        alias="If-Modified-Since",
        max_length=100,
        description="The `Last-Modified` of what the client has; If-None-Match comes before it.",
        examples=["Wed, 28 Apr 2021 13:00:00 GMT"],
    ),
]


def answer(
    request: Request, body: bytes, media_type: str, etag: str, changed: datetime | None = None
) -> Response:
    """Return the answer, or 304 when the client has it.

    Parameters
    ----------
    changed
        When it last changed.
    """
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
    if conditional.holds(request, etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
