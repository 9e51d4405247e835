"""What operators say over HTTP: on alerts, and of silences. The caller is the author."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.base import Identifier, Moment, RecordRef, Text
from schemas.command import AnyCommand, SilenceCommand
from schemas.incident import Traffic
from schemas.rejection import FieldError
from schemas.topics import ALERTS
from schemas.versions import decode
from services import records
from services.alerts import words
from services.gateway import problems
from services.gateway.parts import Given, InDoubt, LogAway, Parts
from services.gateway.problems import Problem
from services.gateway.publishing.submitting import away, in_doubt
from services.gateway.rate import PacedOperator
from services.ledger import tables
from services.ledger.answers import Episode, episode
from services.ledger.database import reading

router = APIRouter(tags=["operate"])

_TOLD: dict[int | str, dict[str, Any]] = {
    **problems.responses(
        problems.UNAUTHENTICATED,
        problems.FORBIDDEN,
        problems.NOT_FOUND,
        problems.INVALID,
        problems.TOO_MANY,
        problems.LOG_AWAY,
        problems.READ_MODEL_AWAY,
        problems.IN_DOUBT,
    )
}


class Said(BaseModel):
    """A command that stands in the log; what came of it is told by the alert."""

    model_config = ConfigDict(frozen=True)

    command_id: str = Field(description="Where it stands, as one word.")
    record: RecordRef
    segment_id: str
    alert_id: str | None = None
    silence_id: str | None = None


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OnLevel(_Content):
    """Why, and at which level: at a worse one than was seen the command does not count."""

    note: Text | None = None
    level: Level | None = Field(
        default=None, description="The alert's as you saw it; unset: the one that it has."
    )


class Note(_Content):
    """A remark."""

    note: Text


class NewSilence(_Content):
    """What is not delivered for a while: ``ends`` or ``lasts_s`` says until when."""

    segment_id: Identifier = Field(description="A segment, or a border as a whole.")
    traffic: Traffic = Traffic.ACTUAL
    starts: Moment | None = Field(default=None, description="Unset: now.")
    ends: Moment | None = None
    lasts_s: float | None = Field(default=None, gt=0, le=366 * 86_400, description="[s]")
    levels: tuple[Level, ...] = Field(default=(), description="Of alerts; empty: every one.")
    transitions: tuple[Transition, ...] = Field(default=(), description="Empty: the whole alert.")
    note: Text | None = None


@router.post("/v1/alerts/{alert_id:path}/acknowledge", status_code=202, responses=_TOLD)
async def acknowledge(
    alert_id: Identifier, parts: Given, caller: PacedOperator, content: OnLevel | None = None
) -> Said:
    """Say that you look after an alert; a rise of its level ends that."""
    return await _on_alert("acknowledge", alert_id, parts, caller.name, content)


@router.post("/v1/alerts/{alert_id:path}/unacknowledge", status_code=202, responses=_TOLD)
async def unacknowledge(
    alert_id: Identifier, parts: Given, caller: PacedOperator, content: OnLevel | None = None
) -> Said:
    """Take an acknowledgement back."""
    return await _on_alert("unacknowledge", alert_id, parts, caller.name, content)


@router.post("/v1/alerts/{alert_id:path}/resolve", status_code=202, responses=_TOLD)
async def resolve(
    alert_id: Identifier, parts: Given, caller: PacedOperator, content: OnLevel | None = None
) -> Said:
    """End an alert whatever its level; a worse level or a new report raises the next."""
    return await _on_alert("resolve", alert_id, parts, caller.name, content)


@router.post("/v1/alerts/{alert_id:path}/notes", status_code=202, responses=_TOLD)
async def note(alert_id: Identifier, parts: Given, caller: PacedOperator, content: Note) -> Said:
    """Add a remark to an alert, open or over."""
    return await _on_alert("note", alert_id, parts, caller.name, OnLevel(note=content.note))


@router.post("/v1/silences", status_code=202, responses=_TOLD)
async def silence(content: NewSilence, parts: Given, caller: PacedOperator) -> Said:
    """Deliver nothing of a segment or border for a while; ends of alerts are delivered."""
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
        raise _invalid(error) from None
    return await _say(parts, said)


@router.delete("/v1/silences/{silence_id:path}", status_code=202, responses=_TOLD)
async def unsilence(
    silence_id: Identifier,
    parts: Given,
    caller: PacedOperator,
    note: Annotated[str | None, Query(min_length=1, max_length=4000)] = None,
) -> Said:
    """End a silence now."""
    found = await _asked(_silence, parts.ledger, silence_id)
    if found is None:
        detail = (
            f"silence_id: {silence_id!r} is no silence; expected one that POST /v1/silences "
            "answered with; one of a moment ago is known shortly"
        )
        raise Problem(problems.NOT_FOUND, detail)
    said = words.expire(found.segment_id, found.traffic, silence_id, caller.name, note)
    return await _say(parts, said)


async def _on_alert(
    kind: words.OnAlert, alert_id: str, parts: Parts, author: str, content: OnLevel | None
) -> Said:
    told = await _asked(_alert, parts.ledger, alert_id)
    if told is None:
        detail = f"alert_id: {alert_id!r} is no alert; expected the id of one, as alerts list it"
        raise Problem(problems.NOT_FOUND, detail)
    given = content or OnLevel()
    return await _say(parts, words.on_alert(kind, told, author, given.note, given.level))


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


async def _asked(query: Any, ledger: Engine, name: str) -> Any:
    try:
        return await asyncio.to_thread(query, ledger, name)
    except DBAPIError as error:
        why = str(error.orig).strip().splitlines()[0]
        raise Problem(problems.READ_MODEL_AWAY, f"the read model: {why}; try again") from error


def _alert(ledger: Engine, alert_id: str) -> Episode | None:
    table = tables.alerts
    query = select(table.c.value).where(table.c.alert_id == alert_id).order_by(table.c.sequence)
    with reading(ledger) as connection:
        told = [decode(ALERTS, value).data for value in connection.execute(query).scalars()]
    return episode(told) if told else None


def _silence(ledger: Engine, silence_id: str) -> SilenceCommand | None:
    table = tables.commands
    query = (
        select(table.c.value)
        .where(table.c.silence_id == silence_id, table.c.kind == "silence")
        .order_by(table.c.recorded_at.desc())
        .limit(1)
    )
    with reading(ledger) as connection:
        value = connection.execute(query).scalar()
    return SilenceCommand.model_validate_json(value) if value is not None else None


def _invalid(error: ValidationError) -> Problem:
    found = [
        FieldError(
            field=".".join(str(part) for part in one["loc"]),
            value=repr(one["input"])[:200],
            expected=one["msg"],
        )
        for one in error.errors()[:20]
    ]
    return Problem(problems.INVALID, found[0].expected, found)
