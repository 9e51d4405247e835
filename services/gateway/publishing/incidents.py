"""Publishes one report: an incident, a further revision of one, or its retraction."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import Response

from models.domain.intake import Refusal
from services.gateway import problems
from services.gateway.asking.parameters import IncidentId
from services.gateway.parts import Given, Parts
from services.gateway.publishing import bodies, reports, revising, sending, taken
from services.gateway.publishing.once import IdempotencyKey, accepted, once
from services.gateway.publishing.reports import Publishable
from services.gateway.publishing.submitting import Accepted, refused
from services.gateway.rate import PacedPublisher

router = APIRouter(tags=["publish"])

_ALL = (
    problems.BAD_REQUEST,
    problems.CONFLICT,
    problems.TOO_LARGE,
    problems.UNSUPPORTED,
    problems.INVALID,
    problems.TOO_MANY,
    problems.LOG_AWAY,
    problems.READ_MODEL_AWAY,
    problems.IN_DOUBT,
)
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Accepted,
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "Its status."},
            "Idempotency-Expires": {
                "schema": {"type": "string"},
                "description": "Until when the Idempotency-Key is remembered.",
            },
            "Idempotency-Replayed": {
                "schema": {"type": "string"},
                "description": "`true` where this is what the first request was answered.",
            },
        },
    },
}
_PUBLISHED = _ACCEPTED | problems.responses(*_ALL)
# No route takes an id that holds the end of a line: there is no such path.
_REVISED = _ACCEPTED | problems.responses(*_ALL, problems.NOT_FOUND, problems.PRECONDITION_REQUIRED)

IfMatch = Annotated[
    str | None,
    Header(
        description="The revision that you know, in quotes: what is sent becomes the next one.",
        examples=['"1"'],
    ),
]
_Incident = Annotated[IncidentId, Path(description="The incident, as its publisher names it.")]


@router.post(
    "/v1/incidents",
    status_code=202,
    operation_id="publishIncident",
    summary="Publish one report",
    responses=_PUBLISHED,
    openapi_extra=taken.REPORT,
)
async def publish(
    request: Request, parts: Given, caller: PacedPublisher, idempotency_key: IdempotencyKey = None
) -> Response:
    """Publish one revision of one incident.

    A CloudEvent in structured mode (application/cloudevents+json) or binary mode (ce- headers),
    or the plain incident as application/json, which is put into a CloudEvent that names the
    caller as its source.
    """
    body = await bodies.read(request, parts.settings.gateway.body_bytes)
    report = _given(request, body, parts, caller.name)

    async def answer() -> Response:
        return accepted(await sending.published(parts, report))

    return await once(parts, caller.name, request, body, idempotency_key, answer)


@router.post(
    "/v1/incidents/{incident_id:path}/revisions",
    status_code=202,
    operation_id="reviseIncident",
    summary="Publish a further revision of an incident",
    responses=_REVISED,
    openapi_extra=taken.REVISION,
)
async def revise(
    incident_id: _Incident,
    request: Request,
    parts: Given,
    caller: PacedPublisher,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Publish a further revision of an incident: the whole report as it now stands.

    Its number is given as ``revision``, or follows from If-Match, the revision that is known. One
    that is known already with other content is answered with 409 and the current number, so that
    of two callers who correct the same revision one learns of the other.
    """
    body = await bodies.json(request, parts.settings.gateway.body_bytes)
    content = revising.about(incident_id, bodies.to_object(body))

    async def answer() -> Response:
        return accepted(await sending.revised(parts, incident_id, content, caller.name, if_match))

    return await once(parts, caller.name, request, body, idempotency_key, answer)


@router.post(
    "/v1/incidents/{incident_id:path}/retract",
    status_code=202,
    operation_id="retractIncident",
    summary="Take an incident back",
    responses=_REVISED,
    openapi_extra=taken.RETRACTION,
)
async def retract(
    incident_id: _Incident,
    request: Request,
    parts: Given,
    caller: PacedPublisher,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Take an incident back as if it had never been reported: ``{"reason": ..., "revision": n}``.

    The revision is given, or follows from If-Match, as with any other revision.
    """
    body = await bodies.json(request, parts.settings.gateway.body_bytes)
    said = revising.retraction(bodies.to_object(body))

    async def answer() -> Response:
        return accepted(await sending.retracted(parts, incident_id, said, caller.name, if_match))

    return await once(parts, caller.name, request, body, idempotency_key, answer)


def _given(request: Request, body: bytes, parts: Parts, caller: str) -> Publishable:
    """Return the report that a request carries, in whichever mode."""
    kind, now = bodies.media_type(request), parts.clock()
    if kind not in ("application/json", "application/cloudevents+json"):
        raise bodies.unsupported(kind)
    if "ce-specversion" in request.headers:
        found = reports.binary(request.headers, body, now)
    else:
        found = reports.line(body, reports.source_of(caller), now)
    if isinstance(found, Refusal):
        raise refused(found)
    return found
