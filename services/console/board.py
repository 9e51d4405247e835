"""What the page of the present shows, read at once: levels, open alerts, how old all of it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS
from schemas.versions import decode
from services.ledger import episodes, levels, tables
from services.ledger.answers import Episode
from services.ledger.database import reading
from services.ledger.episodes import AlertsWanted
from services.ledger.levels import Stands
from services.ledger.paging import Known, Window, positions

TOPICS = (ALERTS.name, ASSESSMENTS.name, COMMANDS.name)
"""What the board is made of."""

MOST_CARDS = 200
"""How many open alerts are shown at most; the list of alerts has all of them."""


@dataclass(frozen=True, slots=True)
class Board:
    """Where everything stood at one moment of the read model.

    Parameters
    ----------
    levels
        Of each segment, and of each border as a whole, of which anything was said.
    alerts
        The open ones, the worst first.
    acknowledged
        By whom, of the alerts that an operator has acknowledged: a classified field.
    heard
        The latest record time of an assessment of any traffic: a heartbeat leads to one too.
    """

    levels: Mapping[str, Stands]
    alerts: Sequence[Episode]
    acknowledged: Mapping[str, str]
    heard: datetime | None


def board(engine: Engine, traffic: Traffic, as_of: datetime | None = None) -> Board:
    """Return where everything stands, or stood by what was known at ``as_of``."""
    known = Known(positions(engine, TOPICS), as_of)
    found = episodes.page(engine, AlertsWanted(traffic, state="open"), known, Window(MOST_CARDS))
    worst_first = sorted(found.items, key=lambda told: -told.transitions[-1].level.rank)
    seen = acknowledged(engine, [told.alert_id for told in worst_first], known)
    return Board(levels.levels(engine, traffic, known), worst_first, seen, heard(engine))


def acknowledged(engine: Engine, alert_ids: Sequence[str], known: Known) -> dict[str, str]:
    """Return who acknowledged alerts last, of those that somebody has."""
    said = tables.commands
    query = (
        select(said.c.alert_id, said.c.value)
        .where(
            said.c.alert_id.in_(alert_ids),
            said.c.kind == "acknowledge",
            known.has(said, COMMANDS.name),
        )
        .order_by(said.c.recorded_at, said.c.partition, said.c.offset)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {row.alert_id: decode(COMMANDS, row.value).author for row in rows}


def heard(engine: Engine) -> datetime | None:
    """Return when the worker last said anything at all."""
    said = tables.assessments
    with reading(engine) as connection:
        at: datetime | None = connection.execute(select(func.max(said.c.recorded_at))).scalar()
    return at


def by_border(alerts: Iterable[Episode]) -> dict[str, list[Episode]]:
    """Return the alerts of each border, the border with the worst first."""
    found: dict[str, list[Episode]] = {}
    for told in alerts:
        found.setdefault(told.border_id, []).append(told)
    return found
