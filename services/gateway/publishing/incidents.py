"""Publishes one report: an incident, a further revision of one, or its retraction."""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from models.domain.intake import Refusal
from schemas.base import Identifier
from services.gateway import problems
from services.gateway.parts import Given, Parts
from services.gateway.problems import Problem
from services.gateway.publishing import bodies, known, reports
from services.gateway.publishing.hiding import sealed
from services.gateway.publishing.known import Revisions
from services.gateway.publishing.once import IdempotencyKey, accepted, once
from services.gateway.publishing.reports import Publishable
from services.gateway.publishing.submitting import Accepted, refused, submit
from services.gateway.rate import PacedPublisher

router = APIRouter(tags=["publish"])

_PROBLEMS = problems.responses(
    problems.BAD_REQUEST,
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.CONFLICT,
    problems.TOO_LARGE,
    problems.UNSUPPORTED,
    problems.INVALID,
    problems.TOO_MANY,
    problems.LOG_AWAY,
    problems.IN_DOUBT,
)
_TOLD: dict[int | str, dict[str, Any]] = {
    **_PROBLEMS,
    202: {
        "model": Accepted,
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "Its status."},
            "Idempotency-Expires": {
                "schema": {"type": "string"},
                "description": "Until when the Idempotency-Key is remembered.",
            },
        },
    },
}
_REVISED = {
    **_TOLD,
    **problems.responses(
        problems.NOT_FOUND, problems.PRECONDITION_REQUIRED, problems.READ_MODEL_AWAY
    ),
    503: problems.responses(problems.LOG_AWAY, problems.READ_MODEL_AWAY)[503],
}

IfMatch = Annotated[
    str | None,
    Header(description='The revision that you know, e.g. "1": what is sent becomes the next one.'),
]


def _takes(*models: Any) -> dict[str, Any]:
    """Return what OpenAPI says of a body that is read as it is."""
    kinds = {"application/json": models[0], "application/cloudevents+json": models[-1]}
    return {
        "requestBody": {"required": True, "content": {k: {"schema": m} for k, m in kinds.items()}}
    }


_INCIDENT = {"$ref": "#/components/schemas/Incident"}
_EVENT = {"$ref": "#/components/schemas/IncidentEvent"}
_REASON = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {
        "reason": {"type": "string", "minLength": 1, "maxLength": 4000},
        "revision": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    },
}


@router.post(
    "/v1/incidents",
    status_code=202,
    responses=_TOLD,
    openapi_extra=_takes(_INCIDENT, _EVENT),
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
        there = await known.by_ledger(parts, [report.place[0]])
        (hidden,) = await sealed(parts, [report])
        return accepted(await submit(parts, hidden, there.get(report.place[0], {})))

    return await once(parts, caller.name, request, body, idempotency_key, answer)


@router.post(
    "/v1/incidents/{incident_id:path}/revisions",
    status_code=202,
    responses=_REVISED,
    openapi_extra=_takes(_INCIDENT),
)
async def revise(
    incident_id: Identifier,
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
    body = await bodies.read(request, parts.settings.gateway.body_bytes)
    content = _about(incident_id, bodies.to_object(body))

    async def answer() -> Response:
        there = await known.of(parts, incident_id)
        content["revision"] = _number(content.get("revision"), if_match, incident_id, there)
        return await _submitted(parts, content, caller.name, there)

    return await once(parts, caller.name, request, body, idempotency_key, answer)


@router.post(
    "/v1/incidents/{incident_id:path}/retract",
    status_code=202,
    responses=_REVISED,
    openapi_extra=_takes(_REASON),
)
async def retract(
    incident_id: Identifier,
    request: Request,
    parts: Given,
    caller: PacedPublisher,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Take an incident back as if it had never been reported: ``{"reason": ..., "revision": n}``.

    The revision is given, or follows from If-Match, as with any other revision.
    """
    body = await bodies.read(request, parts.settings.gateway.body_bytes)
    said = _retraction(bodies.to_object(body))

    async def answer() -> Response:
        there = await known.of(parts, incident_id)
        if not there:
            detail = (
                f"incident_id: {incident_id!r} is not known; expected a published one; GET "
                "/v1/incidents/{id}/status tells what became of a report"
            )
            raise Problem(problems.NOT_FOUND, detail)
        content = {
            "incident_id": incident_id,
            "revision": _number(said.get("revision"), if_match, incident_id, there),
            "traffic": there[max(there)].traffic.value,
            "status": "retracted",
            "status_reason": said.get("reason"),
        }
        return await _submitted(parts, content, caller.name, there)

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


def _about(incident_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a body, which may leave out whose it is."""
    content = {**content, "incident_id": content.get("incident_id", incident_id)}
    if content["incident_id"] != incident_id:
        detail = (
            f"incident_id: found {content['incident_id']!r:.200}; expected {incident_id!r}, the "
            "incident of the path, or no such field"
        )
        raise Problem(problems.INVALID, detail)
    return content


_RETRACTION = frozenset({"reason", "revision"})


def _retraction(content: dict[str, Any]) -> dict[str, Any]:
    if strangers := sorted(content.keys() - _RETRACTION):
        detail = f"{strangers[0]}: no such field; expected 'reason', and 'revision' or If-Match"
        raise Problem(problems.INVALID, detail)
    if not isinstance(content.get("reason"), str) or not content["reason"]:
        detail = f"reason: found {content.get('reason')!r:.200}; expected why, in words"
        raise Problem(problems.INVALID, detail)
    return content


def _number(given: Any, if_match: str | None, incident_id: str, there: Revisions) -> Any:
    """Return the number of a revision: the one given, or the one after the caller's last."""
    current = max(there, default=0)
    if if_match is not None:
        found = re.fullmatch(r'"([0-9]{1,7})"', if_match.strip())
        if found is None:
            detail = f'If-Match: found {if_match[:200]!r}; expected a revision in quotes, e.g. "1"'
            raise Problem(problems.BAD_REQUEST, detail)
        if int(found[1]) != current and given is None:
            detail = (
                f"If-Match: {found[1]} is not the current revision of {incident_id!r}, which is "
                f'{current}; look at it, then send If-Match: "{current}"'
            )
            raise Problem(problems.CONFLICT, detail)
        return int(found[1]) + 1 if given is None else given
    if given is None:
        detail = (
            f"revision: missing; the current one of {incident_id!r} is {current}; give revision "
            f'{current + 1}, or If-Match: "{current}"'
        )
        raise Problem(problems.PRECONDITION_REQUIRED, detail)
    return given


async def _submitted(
    parts: Parts, content: dict[str, Any], caller: str, there: Revisions
) -> Response:
    found = reports.line(orjson.dumps(content), reports.source_of(caller), parts.clock())
    if isinstance(found, Refusal):
        raise refused(found)
    revision = found.place[1]
    if revision < max(there, default=0) and revision not in there:
        current = max(there)
        detail = (
            f"revision: {revision} is older than the current one of {found.place[0]!r}, "
            f"{current}; look at that, then send what changed as revision {current + 1}"
        )
        raise Problem(problems.CONFLICT, detail)
    (hidden,) = await sealed(parts, [found])
    return accepted(await submit(parts, hidden, there))
