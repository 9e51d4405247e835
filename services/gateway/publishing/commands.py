"""What operators say over HTTP: on alerts, and of silences. The caller is the author."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from schemas.base import Identifier
from services.alerts import words
from services.gateway import problems
from services.gateway.asking.parameters import AlertId, Asked
from services.gateway.parts import Given, Parts
from services.gateway.publishing import bodies, saying, taken
from services.gateway.publishing.contents import NewSilence, Note, OnLevel, Said
from services.gateway.rate import PacedOperator
from services.gateway.who import Caller

router = APIRouter(tags=["operate"])

_ALL = (
    problems.INVALID,
    problems.TOO_MANY,
    problems.LOG_AWAY,
    problems.READ_MODEL_AWAY,
    problems.IN_DOUBT,
)
_READS = (problems.BAD_REQUEST, problems.TOO_LARGE, problems.UNSUPPORTED)
_SILENCED = problems.responses(*_READS, *_ALL)
_ON_ALERT = problems.responses(*_READS, problems.NOT_FOUND, *_ALL)
_ENDED = problems.responses(problems.NOT_FOUND, *_ALL)

_Alert = Annotated[AlertId, Path(description="The alert, as alerts list it.")]
_Silence = Annotated[
    Identifier, Path(description="What it was answered with.", examples=["silence-4b1d7c02a9e3"])
]


class EndAsked(Asked):
    """Why a silence ends."""

    note: str | None = Field(
        default=None,
        min_length=1,
        max_length=4000,
        description="Why.",
        examples=["The works are done."],
    )


@router.post(
    "/v1/alerts/{alert_id:path}/acknowledge",
    status_code=202,
    operation_id="acknowledgeAlert",
    summary="Look after an alert",
    responses=_ON_ALERT,
    openapi_extra=taken.ON_ALERT,
)
async def acknowledge(
    alert_id: _Alert, request: Request, parts: Given, caller: PacedOperator
) -> Said:
    """Say that you look after an alert; a rise of its level ends that."""
    return await _with_level("acknowledge", alert_id, request, parts, caller)


@router.post(
    "/v1/alerts/{alert_id:path}/unacknowledge",
    status_code=202,
    operation_id="unacknowledgeAlert",
    summary="Look after an alert no longer",
    responses=_ON_ALERT,
    openapi_extra=taken.ON_ALERT,
)
async def unacknowledge(
    alert_id: _Alert, request: Request, parts: Given, caller: PacedOperator
) -> Said:
    """Take an acknowledgement back."""
    return await _with_level("unacknowledge", alert_id, request, parts, caller)


@router.post(
    "/v1/alerts/{alert_id:path}/resolve",
    status_code=202,
    operation_id="resolveAlert",
    summary="End an alert",
    responses=_ON_ALERT,
    openapi_extra=taken.ON_ALERT,
)
async def resolve(alert_id: _Alert, request: Request, parts: Given, caller: PacedOperator) -> Said:
    """End an alert whatever its level; a worse level or a new report raises the next."""
    return await _with_level("resolve", alert_id, request, parts, caller)


@router.post(
    "/v1/alerts/{alert_id:path}/notes",
    status_code=202,
    operation_id="noteOnAlert",
    summary="Remark on an alert",
    responses=_ON_ALERT,
    openapi_extra=taken.NOTE,
)
async def note(alert_id: _Alert, request: Request, parts: Given, caller: PacedOperator) -> Said:
    """Add a remark to an alert, open or over."""
    content = await bodies.content(request, _most(parts), Note)
    remark = OnLevel(note=content.note)
    return await saying.on_alert(parts, caller.name, "note", alert_id, remark)


@router.post(
    "/v1/silences",
    status_code=202,
    operation_id="createSilence",
    summary="Deliver nothing for a while",
    responses=_SILENCED,
    openapi_extra=taken.SILENCE,
)
async def silence(request: Request, parts: Given, caller: PacedOperator) -> Said:
    """Deliver nothing of a segment or border for a while; ends of alerts are delivered."""
    content = await bodies.content(request, _most(parts), NewSilence)
    return await saying.silence(parts, caller.name, content)


@router.delete(
    "/v1/silences/{silence_id:path}",
    status_code=202,
    operation_id="endSilence",
    summary="End a silence",
    responses=_ENDED,
)
async def unsilence(
    silence_id: _Silence,
    parts: Given,
    caller: PacedOperator,
    asked: Annotated[EndAsked, Query()],
) -> Said:
    """End a silence now."""
    return await saying.unsilence(parts, caller.name, silence_id, asked.note)


def _most(parts: Parts) -> int:
    return parts.settings.gateway.body_bytes


async def _with_level(
    kind: words.OnAlert, alert_id: str, request: Request, parts: Parts, caller: Caller
) -> Said:
    content = await bodies.content_if_any(request, _most(parts), OnLevel)
    return await saying.on_alert(parts, caller.name, kind, alert_id, content)
