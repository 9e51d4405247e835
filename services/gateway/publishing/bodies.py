"""Reads the body of a request, up to a limit that is counted while it is read."""

from typing import Any

import orjson
from fastapi import Request
from starlette.requests import ClientDisconnect

from services.gateway import problems
from services.gateway.problems import Problem


async def read(request: Request, limit: int) -> bytes:
    """Return the body.

    Raises
    ------
    Problem
        It is longer than ``limit`` [bytes], as announced or as read.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(f"{announced} bytes", limit)
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > limit:
                raise too_large(f"more than {limit} bytes", limit)
    except ClientDisconnect:
        detail = "body: the client hung up before its end; nothing was accepted"
        raise Problem(problems.BAD_REQUEST, detail) from None
    return bytes(found)


def too_large(found: str, limit: int) -> Problem:
    """Return the problem of a body that is too long."""
    detail = (
        f"body: {found}; expected at most {limit} bytes, as GET /v1/limits says; many reports go "
        "to POST /v1/incidents:batch, one a line"
    )
    return Problem(problems.TOO_LARGE, detail)


async def json_object(request: Request, limit: int) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises
    ------
    Problem
        It carries something else.
    """
    kind = media_type(request)
    if kind not in ("application/json", "application/cloudevents+json"):
        raise unsupported(kind)
    return to_object(await read(request, limit))


def to_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises
    ------
    Problem
        The body is none.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        detail = f"body: not JSON: {error}; expected a JSON object"
        raise Problem(problems.BAD_REQUEST, detail) from None
    if not isinstance(content, dict):
        detail = f"body: found {type(content).__name__}; expected a JSON object"
        raise Problem(problems.INVALID, detail)
    return content


def media_type(request: Request) -> str:
    """Return the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def unsupported(kind: str) -> Problem:
    """Return the problem of a body of another media type."""
    found = kind or "none"
    detail = (
        f"Content-Type: found {found!r}; expected application/json or "
        "application/cloudevents+json; for many reports: POST /v1/incidents:batch with "
        "application/x-ndjson"
    )
    return Problem(problems.UNSUPPORTED, detail)
