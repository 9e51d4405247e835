"""Reads single cells of a row, and says of one that cannot be read what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pycountry

from schemas.base import EARLIEST, LATEST

Values = Mapping[str, Any]
"""The cells of a row by column; None for an empty one."""

KNOWN_AFTER = timedelta(days=1)
"""Where a dataset tells no report time, an event becomes known on the day after its end."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A row that cannot be an incident: the field, its value, and what was expected."""

    field: str
    value: str
    expected: str


def text(value: object) -> str | None:
    """Return a cell as text without blanks around it; None for an empty one."""
    return None if value is None else str(value).strip() or None


def whole(values: Values, column: str) -> int:
    """Return a whole number; refuse an empty cell."""
    found = optional(values, column)
    if found is None:
        raise Refused(column, "nothing", "a whole number")
    return found


def optional(values: Values, column: str) -> int | None:
    """Return a whole number, however it is written, or None for an empty cell."""
    said = text(values.get(column))
    if said is None:
        return None
    try:
        # A float would round what lies above 2 to the power of 53.
        return int(said)
    except ValueError:
        pass
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not number.is_integer():
        raise Refused(column, said[:200], "a whole number")
    return int(number)


def coded(values: Values, column: str, table: Mapping[int, Any]) -> Any:
    """Return what a number means by a codebook's table."""
    code = whole(values, column)
    if code not in table:
        raise Refused(column, str(code)[:200], f"one of {', '.join(map(str, table))}")
    return table[code]


def bounded(column: str, found: object, day: datetime) -> datetime:
    """Return a day that leaves room for the day after it; refuse one at the calendar's ends."""
    if not EARLIEST <= day <= LATEST - KNOWN_AFTER:
        raise Refused(column, repr(found)[:200], "a day in the years 2 to 9998")
    return day


def iso_day(values: Values, *columns: str) -> datetime:
    """Return the first filled of ``columns`` as a day, 00:00 UTC."""
    found = next((values[c] for c in columns if values.get(c) is not None), None)
    try:
        day = datetime.fromisoformat(str(found)).replace(tzinfo=UTC)
    except ValueError:
        raise Refused(columns[0], repr(found)[:200], "a date such as 2017-12-31") from None
    return bounded(columns[0], found, day)


def country_named(name: str) -> list[str]:
    """Return the ISO 3166 alpha-3 code of a country's name; none when it is not ISO's."""
    found = pycountry.countries.get(name=name) or pycountry.countries.get(common_name=name)
    return [found.alpha_3] if found else []
