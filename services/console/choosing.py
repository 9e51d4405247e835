"""Which alerts the list shows, by its address: the parameters of the API, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from schemas.topics import ALERTS
from services.console.view import View, read
from services.gateway.asking import cursors
from services.gateway.asking.alerts import AlertsAsked
from services.gateway.asking.cursors import KEY_OF_NAMED
from services.ledger import episodes
from services.ledger.answers import Episode
from services.ledger.paging import Known, Window, positions

FILTERS = ("state", "level", "border", "segment", "since", "until")
"""What may be chosen, by the names that it has in the address and in the API."""

A_PAGE = 25
"""How many alerts a page has."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A page of alerts.

    Parameters
    ----------
    follows
        The cursor of the next page; None: this is the last.
    """

    alerts: tuple[Episode, ...]
    follows: str | None


def filters(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address chooses by; a filter that is left empty chooses nothing."""
    return {name: query[name] for name in FILTERS if query.get(name)}


def chosen(engine: Engine, view: View, query: Mapping[str, str]) -> Chosen:
    """Return the alerts that an address asks for, the one that was opened last first.

    Raises
    ------
    Problem
        A value is none that the API takes either, or the cursor is of another list.
    """
    asked = read(AlertsAsked, filters(query) | {"traffic": view.traffic.value})
    own = {"alerts": view.link("/alerts", **filters(query))}
    if cursor := query.get("cursor"):
        begin = cursors.decode(cursor, own, frozenset({ALERTS.name}), KEY_OF_NAMED)
        at, after = begin.positions, begin.after
    else:
        at, after = positions(engine, (ALERTS.name,)), None
    found = episodes.page(engine, asked.wanted, Known(at, view.as_of), Window(A_PAGE, after))
    follows = None if found.last is None else cursors.encode(own, found.last, at)
    return Chosen(found.items, follows)
