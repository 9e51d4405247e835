"""What of the log a page shows: what was known as of when, and of which traffic.

Both stand in the page's address, as they do in the API's, so that a link to a page is a link to
what was seen there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from schemas.incident import Traffic
from services.gateway import problems
from services.gateway.asking.parameters import Of
from services.gateway.problems import Problem

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class View:
    """What is shown; ``as_of`` None: all that is known now, as it comes."""

    as_of: datetime | None = None
    traffic: Traffic = Traffic.ACTUAL

    def link(self, path: str, **more: str) -> str:
        """Return the address of a page that shows the same, with ``more`` in its query."""
        asked: dict[str, str] = {}
        if self.as_of is not None:
            asked["as_of"] = self.as_of.isoformat().replace("+00:00", "Z")
        if self.traffic is not Traffic.ACTUAL:
            asked["traffic"] = self.traffic.value
        query = urlencode(asked | more)
        return f"{path}?{query}" if query else path

    def alert(self, alert_id: str) -> str:
        """Return the address of an alert's page."""
        return self.link(f"/alert/{quote(alert_id, safe='')}")

    def segment(self, place_id: str, **more: str) -> str:
        """Return the address of the page of a segment, or of a border as a whole."""
        return self.link(f"/segment/{quote(place_id, safe='')}", **more)


def asked(query: Mapping[str, str]) -> View:
    """Return what an address asks for; what else it says is the page's own.

    Raises
    ------
    Problem
        A value is not one that the API takes either.
    """
    found = read(Of, {name: query[name] for name in Of.model_fields if name in query})
    return View(found.as_of, found.traffic)


def read(model: type[M], given: Mapping[str, str]) -> M:
    """Return the parameters of a question of the API, as an address has them.

    Raises
    ------
    Problem
        A value is not one that the API takes either.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field, value = first["loc"][0], problems.shown(first["input"])
        raise Problem(problems.INVALID, f"{field}: found {value}; {first['msg']}") from None
