"""Reads the body of a request, up to a limit that is counted while it is read."""

from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from models.domain import intake
from schemas.rejection import FieldError
from services.gateway import problems
from services.gateway.problems import Problem, shown

M = TypeVar("M", bound=BaseModel)


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


async def json(request: Request, limit: int) -> bytes:
    """Return the body, which is said to be JSON.

    Raises
    ------
    Problem
        It is said to be something else, or is too long.
    """
    kind = media_type(request)
    if kind != "application/json":
        detail = f"Content-Type: found {kind or 'none'!r}; expected application/json"
        raise Problem(problems.UNSUPPORTED, detail)
    return await read(request, limit)


async def content(request: Request, limit: int, model: type[M]) -> M:
    """Return what the body holds.

    Raises
    ------
    Problem
        It holds something else.
    """
    body = await json(request, limit)
    to_object(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None


async def content_if_any(request: Request, limit: int, model: type[M]) -> M:
    """Return what the body holds; without one, what the model has by itself.

    Raises
    ------
    Problem
        It holds something else.
    """
    announced = request.headers.get("content-length", "0")
    if announced == "0" and "transfer-encoding" not in request.headers:
        return model()
    return await content(request, limit, model)


def invalid(error: ValidationError) -> Problem:
    """Return the problem of content that does not fit its model."""
    found = [
        FieldError(
            field=".".join(map(str, one["loc"])), value=shown(one["input"]), expected=one["msg"]
        )
        for one in error.errors()[:20]
    ]
    first = found[0]
    detail = f"{first.field or 'body'}: found {first.value}; {first.expected}"
    return Problem(problems.INVALID, detail, found)


def to_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises
    ------
    Problem
        The body is none, or holds too much to be one of ours.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        detail = f"body: not JSON: {error}; expected a JSON object"
        raise Problem(problems.BAD_REQUEST, detail) from None
    if not isinstance(content, dict):
        detail = f"body: found {type(content).__name__}; expected a JSON object"
        raise Problem(problems.INVALID, detail)
    if too_much := intake.excess(body, content):
        # What is too deep can neither be written again, nor a part of it be shown.
        detail = f"body: {too_much}; leave out what is no part of what is asked for"
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
