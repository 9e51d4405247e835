"""What commands are about, by the read model: an alert, or a silence."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from schemas.command import SilenceCommand
from schemas.topics import ALERTS
from schemas.versions import decode
from services.gateway import problems
from services.gateway.problems import Problem
from services.ledger import tables
from services.ledger.answers import Episode, episode
from services.ledger.database import reading

T = TypeVar("T")


async def alert(ledger: Engine, alert_id: str) -> Episode:
    """Return what is known of an alert.

    Raises
    ------
    Problem
        There is none of that id, or nobody can tell.
    """
    found = await _asked(_alert, ledger, alert_id)
    if found is None:
        detail = f"alert_id: {alert_id!r} is no alert; expected the id of one, as alerts list it"
        raise Problem(problems.NOT_FOUND, detail)
    return found


async def silence(ledger: Engine, silence_id: str) -> SilenceCommand:
    """Return the last command of a silence.

    Raises
    ------
    Problem
        There is none of that id, or nobody can tell.
    """
    found = await _asked(_silence, ledger, silence_id)
    if found is None:
        detail = (
            f"silence_id: {silence_id!r} is no silence; expected one that POST /v1/silences "
            "answered with; one of a moment ago is known shortly"
        )
        raise Problem(problems.NOT_FOUND, detail)
    return found


async def _asked(query: Callable[[Engine, str], T], ledger: Engine, name: str) -> T:
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
