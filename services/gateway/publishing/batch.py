"""Publishes a stream of reports, one a line, and answers with a stream of what became of each."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from services.gateway import problems
from services.gateway.parts import Given
from services.gateway.problems import Problem
from services.gateway.publishing import bodies, taken
from services.gateway.publishing.duplex import Duplex
from services.gateway.publishing.pipeline import Pipeline
from services.gateway.rate import PacedPublisher
from services.gateway.who import ASK_AGAIN_S, Scope, may_still

router = APIRouter(tags=["publish"])

NDJSON = taken.NDJSON
_KINDS = (NDJSON, "application/ndjson", "application/jsonl")

_TOLD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A LineStatus for each line, in their order, then a BatchEnd, whose status "
        "is 'end'.",
        "content": taken.ANSWERED,
    },
    **problems.responses(problems.BAD_REQUEST, problems.UNSUPPORTED, problems.TOO_MANY),
}


class NoLongerAdmitted(Exception):
    """The caller's key or token has ended while its batch was read."""


@router.post(
    "/v1/incidents:batch",
    operation_id="publishIncidents",
    summary="Publish many reports, one a line",
    responses=_TOLD,
    openapi_extra=taken.BATCH,
    response_class=Response,
)
async def batch(request: Request, parts: Given, caller: PacedPublisher) -> Response:
    """Publish any number of reports, one a line: CloudEvents or plain incidents in JSON.

    The answer is a stream too: a line of JSON for each line, in their order (line, status,
    incident_id, revision, record, detail, errors), as soon as it is known, then one with the
    status ``end``. A client must read it while it sends: nothing more is read from who does not.
    After an interruption the batch is sent again, the rest of it or the whole: nothing counts
    twice, since a revision that is known is not written again. When the log goes away, that line
    and all after it have the status ``log-away``: nothing of them is there.
    """
    kind = bodies.media_type(request)
    if kind not in _KINDS:
        detail = f"Content-Type: found {kind or 'none'!r}; expected {NDJSON}, one report a line"
        raise Problem(problems.UNSUPPORTED, detail)
    if "idempotency-key" in request.headers:
        detail = (
            "Idempotency-Key: a batch takes none, since an answer of any length is not kept; "
            "leave it out: what is sent again is not written again"
        )
        raise Problem(problems.BAD_REQUEST, detail)
    return Duplex(_answer(request, Pipeline(parts, caller.name)), NDJSON)


async def _answer(request: Request, pipeline: Pipeline) -> AsyncIterator[bytes]:
    try:
        async for told in pipeline.run(_body(request)):
            yield told
    except (ClientDisconnect, NoLongerAdmitted):
        # What was read is written; nobody is there to be told, or may be.
        return


async def _body(request: Request) -> AsyncIterator[bytes]:
    """Yield the body for as long as its sender may publish, since it may have no end."""
    clock = asyncio.get_running_loop().time
    asked = clock()
    async for piece in request.stream():
        if clock() - asked >= ASK_AGAIN_S:
            if not await may_still(request, Scope.PUBLISH):
                raise NoLongerAdmitted
            asked = clock()
        yield piece
