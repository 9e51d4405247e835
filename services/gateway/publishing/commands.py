"""What operators say over HTTP: on alerts, and of silences. The caller is the author."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, ValidationError

from schemas.base import Identifier
from schemas.command import AnyCommand
from services import records
from services.alerts import words
from services.gateway import problems
from services.gateway.asking.parameters import AlertId, Asked
from services.gateway.parts import Given, InDoubt, LogAway, Parts
from services.gateway.problems import Problem
from services.gateway.publishing import bodies, commanded, taken
from services.gateway.publishing.contents import NewSilence, Note, OnLevel, Said
from services.gateway.publishing.submitting import away, in_doubt
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
    return await _on_alert("note", alert_id, parts, caller.name, OnLevel(note=content.note))


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
    starts = content.starts or parts.clock()
    ends = content.ends
    if content.lasts_s is not None:
        ends = starts + timedelta(seconds=content.lasts_s)
    if ends is None or (content.ends is not None and content.lasts_s is not None):
        detail = "ends: expected either ends, a time, or lasts_s, a number of seconds"
        raise Problem(problems.INVALID, detail)
    try:
        said = words.silence(
            content.segment_id,
            content.traffic,
            (starts, ends),
            caller.name,
            content.note,
            content.levels,
            content.transitions,
        )
    except ValidationError as error:
        raise bodies.invalid(error) from None
    return await _say(parts, said)


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
    found = await commanded.silence(parts.ledger, silence_id)
    said = words.expire(found.segment_id, found.traffic, silence_id, caller.name, asked.note)
    return await _say(parts, said)


def _most(parts: Parts) -> int:
    return parts.settings.gateway.body_bytes


async def _with_level(
    kind: words.OnAlert, alert_id: str, request: Request, parts: Parts, caller: Caller
) -> Said:
    content = await bodies.content_if_any(request, _most(parts), OnLevel)
    return await _on_alert(kind, alert_id, parts, caller.name, content)


async def _on_alert(
    kind: words.OnAlert, alert_id: str, parts: Parts, author: str, content: OnLevel
) -> Said:
    told = await commanded.alert(parts.ledger, alert_id)
    return await _say(parts, words.on_alert(kind, told, author, content.note, content.level))


async def _say(parts: Parts, said: AnyCommand) -> Said:
    """Return where a command stands, once every replica has it."""
    try:
        record = await parts.log.append(records.command(said, parts.clock()))
    except LogAway as error:
        raise away(error) from error
    except InDoubt as error:
        raise in_doubt(error) from error
    return Said(
        command_id=f"{record.topic}:{record.partition}:{record.offset}",
        record=record,
        segment_id=said.segment_id,
        alert_id=getattr(said, "alert_id", None),
        silence_id=getattr(said, "silence_id", None),
    )
