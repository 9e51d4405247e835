"""What can be wrong with a request, told as problem documents (RFC 9457)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from schemas.rejection import FieldError
from services.ledger import database

MEDIA_TYPE = "application/problem+json"

SHOWN = 200
"""How much of a value that is refused is told [characters]."""

RETRY_S = 5
"""After how long to ask a database again that does not answer [s]."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its name ends the ``type`` of the document."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        """Where it is explained, relative to the gateway."""
        return f"/v1/problems/{self.name}"


BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read")
UNAUTHENTICATED = Kind("unauthenticated", 401, "Say who you are")
FORBIDDEN = Kind("forbidden", 403, "This key may not do that")
NOT_FOUND = Kind("not-found", 404, "There is nothing of that name")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "That cannot be done here")
NOT_ACCEPTABLE = Kind("not-acceptable", 406, "None of the media types that are accepted is given")
CONFLICT = Kind("conflict", 409, "Something else stands in the way")
OTHER_LOG = Kind("other-log", 409, "That position is in another log")
GAP = Kind("gap", 410, "Some of what comes after that position is no longer kept")
TOO_LARGE = Kind("too-large", 413, "More than is taken at once")
UNSUPPORTED = Kind("unsupported-media-type", 415, "That media type is not read here")
INVALID = Kind("invalid", 422, "The content is not what is expected")
PRECONDITION_REQUIRED = Kind("precondition-required", 428, "Say which revision you know")
TOO_MANY = Kind("too-many-requests", 429, "Faster than is allowed")
FAULT = Kind("fault", 500, "The gateway failed")
LOG_AWAY = Kind("log-away", 503, "The log does not answer")
IN_DOUBT = Kind("in-doubt", 504, "Whether it has been written cannot be told")
READ_MODEL_AWAY = Kind("read-model-away", 503, "The read model does not answer")
IDENTITY_AWAY = Kind("identity-away", 503, "Who you are cannot be found out now")
FULL = Kind("full", 503, "No more readers are taken")

KINDS = {
    kind.name: kind
    for kind in (
        BAD_REQUEST,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        CONFLICT,
        OTHER_LOG,
        GAP,
        TOO_LARGE,
        UNSUPPORTED,
        INVALID,
        PRECONDITION_REQUIRED,
        TOO_MANY,
        FAULT,
        LOG_AWAY,
        READ_MODEL_AWAY,
        IDENTITY_AWAY,
        IN_DOUBT,
        FULL,
    )
}

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

_OF_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}


class Document(BaseModel):
    """A problem as the client reads it (RFC 9457, section 3.1)."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/v1/problems/not-found",
                    "title": "There is nothing of that name",
                    "status": 404,
                    "detail": "segment: 'KGZ-TJK-050-99' is not known; see /v1/segments",
                    "instance": "/v1/segments/KGZ-TJK-050-99",
                    "errors": [],
                }
            ]
        },
    )

    type: str = Field(description="Where the kind is explained, relative to the gateway.")
    title: str = Field(description="The same for every problem of the kind.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong here, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    errors: tuple[FieldError, ...] = Field(
        default=(), description="Field by field, where the content is at fault."
    )


class Problem(Exception):
    """Ends a request: its kind, what is wrong here and what to do, field by field if need be.

    Parameters
    ----------
    headers
        Of the response, such as ``Retry-After``.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{kind.name}: {detail}")
        self.kind, self.detail, self.errors = kind, detail, tuple(errors)
        self.headers = dict(headers or {})


def document(problem: Problem, instance: str) -> Document:
    """Return the document of a problem with a request for the path ``instance``."""
    kind = problem.kind
    return Document(
        type=kind.uri,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=instance,
        errors=problem.errors,
    )


def unanswered(name: str) -> Problem:
    """Return the problem of a database that does not answer; why is for the log alone.

    It may name the database's host.
    """
    detail = f"{name} does not answer; ask again in {RETRY_S} seconds"
    return Problem(READ_MODEL_AWAY, detail, headers={"Retry-After": str(RETRY_S)})


def install(app: FastAPI) -> None:
    """Let every failure of a request be told as a problem document."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    for error in database.AWAY:
        app.add_exception_handler(error, _away)
    app.add_exception_handler(Exception, _failed)


def responses(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return what a route's OpenAPI says of the problems that it may answer with."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        known = found.get(kind.status)
        title = f"{known['description']}; or {kind.title.lower()}" if known else kind.title
        found[kind.status] = {
            "description": title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


async def _told(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    content = document(error, request.url.path).model_dump(mode="json")
    return JSONResponse(content, error.kind.status, error.headers, MEDIA_TYPE)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(
            field=".".join(str(part) for part in found["loc"]),
            value=shown(found.get("input")),
            expected=found["msg"],
        )
        for found in error.errors()[:20]
    ]
    first = errors[0]
    detail = f"{first.field}: found {first.value}; {first.expected}"
    return await _told(request, Problem(INVALID, detail, errors))


async def _plain(request: Request, error: Exception) -> JSONResponse:
    """Tell what the framework itself refuses: an unknown path, a method that is not there."""
    assert isinstance(error, HTTPException)
    kind = _OF_STATUS.get(error.status_code, BAD_REQUEST)
    if kind is NOT_FOUND:
        detail = f"{request.url.path}: no such path; /docs and /openapi.json list those there are"
    elif kind is METHOD_NOT_ALLOWED:
        allowed = _methods(request)
        detail = f"{request.method} {request.url.path}: expected one of {', '.join(allowed)}"
        headers = {"Allow": ", ".join(allowed)}
        return await _told(request, Problem(kind, detail, headers=headers))
    else:
        detail = str(error.detail)
    return await _told(request, Problem(kind, detail, headers=error.headers))


def _methods(request: Request) -> list[str]:
    """Return what can be done at a path; the framework names what its first route can.

    Of paths that fit the longest counts: an id may end in what another path ends in.
    """
    scope = request.scope
    fitting = [r for r in _routes(request.app) if r.matches(scope)[0] is not Match.NONE]
    longest = max((_path(r) for r in fitting), key=len, default="")
    routes = [r for r in fitting if _path(r) == longest]
    return [
        method
        for method in _METHODS
        if any(r.matches({**scope, "method": method})[0] is Match.FULL for r in routes)
    ]


def _routes(app: FastAPI) -> Iterator[BaseRoute]:
    for route in app.routes:
        # The framework may keep the routers that were included as they are.
        router = getattr(route, "original_router", None)
        yield from (route,) if router is None else router.routes


def _path(route: BaseRoute) -> str:
    return getattr(route, "path", "")


async def _away(request: Request, error: Exception) -> JSONResponse:
    log.error("a database does not answer", path=request.url.path, exc_info=error)
    return await _told(request, unanswered("the database"))


async def _failed(request: Request, error: Exception) -> JSONResponse:
    # What failed stays in the log: it may hold what the client must not see.
    log.error("a request failed", path=request.url.path, exc_info=error)
    detail = "the gateway's log says what happened; look for the request id of this response"
    return await _told(request, Problem(FAULT, detail))


def shown(value: object) -> str:
    """Return a value that is refused, cut to what is told of it."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
