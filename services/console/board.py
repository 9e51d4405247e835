"""What the page of the present shows, read at once: levels, open alerts, how old all of it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Engine

from schemas.assessment import Level
from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS
from services.ledger import episodes, levels
from services.ledger.answers import Episode
from services.ledger.episodes import AlertsWanted
from services.ledger.levels import Stands
from services.ledger.paging import Known, Window, positions
from services.ledger.timeline import heard

TOPICS = (ALERTS.name, ASSESSMENTS.name, COMMANDS.name)
"""What the board is made of."""

MOST_CARDS = 200
"""How many open alerts are shown at most; the list of alerts has all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Where everything stood at one moment of the read model; equal to itself alone.

    Parameters
    ----------
    levels
        Of each segment, and of each border as a whole, of which anything was said.
    alerts
        The open ones, the worst first; of equals the one that was opened last.
    more
        Whether there are more open ones than these.
    acknowledged
        By whom, of the alerts that an operator has acknowledged: a classified field.
    heard
        The latest record time of an assessment of any traffic: a heartbeat leads to one too.
    """

    levels: Mapping[str, Stands]
    alerts: Sequence[Episode]
    more: bool
    acknowledged: Mapping[str, str]
    heard: datetime | None


def board(engine: Engine, traffic: Traffic, as_of: datetime | None = None) -> Board:
    """Return where everything stands, or stood by what was known at ``as_of``."""
    known = Known(positions(engine, TOPICS), as_of)
    alerts, more = _worst_first(engine, AlertsWanted(traffic, state="open"), known)
    seen = episodes.acknowledged(engine, [told.alert_id for told in alerts], known)
    return Board(levels.levels(engine, traffic, known), alerts, more, seen, heard(engine))


def _worst_first(engine: Engine, wanted: AlertsWanted, known: Known) -> tuple[list[Episode], bool]:
    """Return the alerts to show, and whether there are more."""
    window = Window(MOST_CARDS)
    found = episodes.page(engine, wanted, known, window)
    alerts = {told.alert_id: told for told in found.items}
    if found.last is not None:
        # Those that were opened last fill the list: bad ones that are older come in beside them.
        for least in (Level.WARNING, Level.CRITICAL):
            bad = episodes.page(engine, replace(wanted, least=least), known, window)
            alerts |= {told.alert_id: told for told in bad.items}
    ordered = sorted(
        alerts.values(),
        key=lambda told: (told.transitions[-1].level.rank, told.opened_at),
        reverse=True,
    )
    return ordered[:MOST_CARDS], found.last is not None


def by_border(alerts: Iterable[Episode]) -> dict[str, list[Episode]]:
    """Return the alerts of each border, the border with the worst first."""
    found: dict[str, list[Episode]] = {}
    for told in alerts:
        found.setdefault(told.border_id, []).append(told)
    return found


# Of all who look at the same board, the first one reckons for the others.


@lru_cache(maxsize=8)
def changes(before: Board, after: Board) -> Mapping[str, Level | None]:
    """Return the levels that are others than before, by segment; None: nothing is known now."""
    was = {name: stands.level for name, stands in before.levels.items()}
    now = {name: stands.level for name, stands in after.levels.items()}
    return {name: now.get(name) for name in was | now if now.get(name) is not was.get(name)}


@lru_cache(maxsize=8)
def above_normal(board: Board) -> Sequence[tuple[str, Stands]]:
    """Return what stands above normal, the worst first."""
    found = [(name, at) for name, at in board.levels.items() if at.level is not Level.NORMAL]
    return sorted(found, key=lambda one: (-one[1].level.rank, -one[1].escalation_14d, one[0]))
