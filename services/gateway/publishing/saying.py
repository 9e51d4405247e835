"""Says to the log what an operator commands, for whoever takes it: a route, or the console."""

from datetime import timedelta

from pydantic import ValidationError

from schemas.command import AnyCommand
from services import records
from services.alerts import words
from services.gateway import problems
from services.gateway.parts import InDoubt, LogAway, Parts
from services.gateway.problems import Problem
from services.gateway.publishing import bodies, commanded
from services.gateway.publishing.contents import NewSilence, OnLevel, Said
from services.gateway.publishing.submitting import away, in_doubt


async def on_alert(
    parts: Parts, author: str, kind: words.OnAlert, alert_id: str, content: OnLevel
) -> Said:
    """Return where a command on an alert stands.

    Raises
    ------
    Problem
        There is no such alert, or see ``say``.
    """
    told = await commanded.alert(parts.ledger, alert_id)
    return await say(parts, words.on_alert(kind, told, author, content.note, content.level))


async def silence(parts: Parts, author: str, content: NewSilence) -> Said:
    """Return where a new silence stands.

    Raises
    ------
    Problem
        It cannot be, or see ``say``.
    """
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
            author,
            content.note,
            content.levels,
            content.transitions,
        )
    except ValidationError as error:
        raise bodies.invalid(error) from None
    return await say(parts, said)


async def unsilence(parts: Parts, author: str, silence_id: str, note: str | None) -> Said:
    """Return where the end of a silence stands.

    Raises
    ------
    Problem
        There is no such silence, or see ``say``.
    """
    found = await commanded.silence(parts.ledger, silence_id)
    return await say(parts, words.expire(found.segment_id, found.traffic, silence_id, author, note))


async def say(parts: Parts, said: AnyCommand) -> Said:
    """Return where a command stands, once every replica has it.

    Raises
    ------
    Problem
        The log is away, so that nothing is there, or nobody can tell.
    """
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
