"""What commands are about, by the read model: an alert, or a silence."""

import asyncio

from sqlalchemy import Engine

from schemas.command import SilenceCommand
from schemas.topics import ALERTS
from services.gateway import problems
from services.gateway.problems import Problem
from services.ledger import episodes, operating
from services.ledger.answers import Episode
from services.ledger.paging import Known, positions


async def alert(ledger: Engine, alert_id: str) -> Episode:
    """Return what is known of an alert.

    Raises
    ------
    Problem
        There is none of that id.
    """
    found = await asyncio.to_thread(_alert, ledger, alert_id)
    if found is None:
        detail = f"alert_id: {alert_id!r} is no alert; expected the id of one, as alerts list it"
        raise Problem(problems.NOT_FOUND, detail)
    return found


async def silence(ledger: Engine, silence_id: str) -> SilenceCommand:
    """Return the last command of a silence.

    Raises
    ------
    Problem
        There is none of that id.
    """
    found = await asyncio.to_thread(operating.silence, ledger, silence_id)
    if found is None:
        detail = (
            f"silence_id: {silence_id!r} is no silence; expected one that POST /v1/silences "
            "answered with; one of a moment ago is known shortly"
        )
        raise Problem(problems.NOT_FOUND, detail)
    return found


def _alert(ledger: Engine, alert_id: str) -> Episode | None:
    return episodes.named(ledger, alert_id, Known(positions(ledger, (ALERTS.name,))))
