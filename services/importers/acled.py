"""Reads ACLED's events, and its list of deleted ones, as incidents."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pycountry

from schemas.codebooks import ACLED_SUB_EVENTS, ACLED_WHEN, ACLED_WHERE
from schemas.taxonomy import TYPE_OF
from services.importers.cells import (
    Refused,
    Values,
    bounded,
    coded,
    country_named,
    iso_day,
    optional,
    text,
    whole,
)
from services.importers.dataset import Told
from services.importers.table import Columns

SOURCE = "urn:acled:events"
COLUMNS = Columns(
    (
        *("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type"),
        *("actor1", "latitude", "longitude", "geo_precision", "fatalities", "timestamp"),
    )
)
DELETED_COLUMNS = Columns(("event_id_cnty", "deleted_timestamp"))

REVISION_S = 3600
"""Two uploads of an event within it are one revision [s]."""

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2083, 12, 31, tzinfo=UTC)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WORDED = re.compile(r"(\d{1,2})[ -]([A-Za-z]+)[ -](\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Acled:
    """ACLED's events as a dataset."""

    called: str = "ACLED"
    source: str = SOURCE
    columns: Columns = COLUMNS
    repeats: bool = True

    def told(self, values: Values) -> Told:
        """Return what a row says; which revision it is follows from when it was uploaded."""
        identity, at = _id(values), _uploaded(values, "timestamp")
        day = _day(values)
        if day > at:
            raise Refused("event_date", f"{day:%Y-%m-%d}", f"a day up to its upload, {at:%Y-%m-%d}")
        sub = text(values.get("sub_event_type")) or ""
        if sub not in ACLED_SUB_EVENTS:
            raise Refused("sub_event_type", sub[:200], f"one of {', '.join(ACLED_SUB_EVENTS)}")
        sub_event = ACLED_SUB_EVENTS[sub]
        report = {
            "incident_id": identity,
            "revision": _revision(at),
            "status": "reported",
            "occurred": {"start": day, "precision": coded(values, "time_precision", ACLED_WHEN)},
            "place": _place(values),
            "event_type": _type(values, TYPE_OF[sub_event]),
            "sub_event_type": sub_event,
            "summary": _summary(values, sub),
            "actors": _actors(values),
            # ACLED writes 0 both where nobody died and where no report speaks of deaths.
            "fatalities": {"best": optional(values, "fatalities") or None},
            "sources": [_source(values)],
            "native": {"scheme": "ACLED", "id": text(values["event_id_cnty"]), "code": sub},
        }
        return Told(report, at)


@dataclass(frozen=True, slots=True)
class Deleted:
    """ACLED's list of deleted events as a dataset: each row retracts one."""

    called: str = "ACLED's deleted events"
    source: str = SOURCE
    columns: Columns = DELETED_COLUMNS
    repeats: bool = True

    def told(self, values: Values) -> Told:
        """Return the retraction: one revision after whatever was uploaded in the same hour."""
        at = _uploaded(values, "deleted_timestamp")
        report = {
            "incident_id": _id(values),
            "revision": _revision(at) + 1,
            "status": "retracted",
            "status_reason": f"deleted by ACLED on {at:%Y-%m-%d}",
        }
        return Told(report, at)


def _id(values: Values) -> str:
    native = text(values.get("event_id_cnty"))
    if native is None:
        raise Refused("event_id_cnty", "nothing", "ACLED's id of the event, e.g. 'KGZ123'")
    return f"ACLED-{native}"


def _uploaded(values: Values, column: str) -> datetime:
    seconds = whole(values, column)
    if not _FIRST.timestamp() <= seconds <= _LAST.timestamp():
        expected = f"seconds since 1970, between {_FIRST:%Y} and {_LAST:%Y}"
        raise Refused(column, str(seconds)[:200], expected)
    return datetime.fromtimestamp(seconds, UTC)


def _revision(at: datetime) -> int:
    """Return the hours since 1970: later uploads are later revisions, whatever was read before."""
    return int(at.timestamp()) // REVISION_S


def _day(values: Values) -> datetime:
    """Return the day, as the API writes it (2024-05-01) or as the files do (01 May 2024)."""
    said = text(values.get("event_date")) or ""
    found = _WORDED.fullmatch(said)
    if found is None or found[2].lower() not in _MONTHS:
        return iso_day(values, "event_date")
    try:
        day = datetime(
            int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]), tzinfo=UTC
        )
    except ValueError:
        raise Refused("event_date", said, "a day of the calendar") from None
    return bounded("event_date", said, day)


def _type(values: Values, expected: str) -> str:
    found = text(values.get("event_type"))
    if found is not None and found != expected:
        raise Refused("event_type", found[:200], f"{expected!r}, to which the sub-event belongs")
    return expected


def _place(values: Values) -> dict[str, Any]:
    names = ("location", "admin3", "admin2", "admin1", "country")
    return {
        "name": next((n for c in names if (n := text(values.get(c)))), "unnamed place")[:300],
        "latitude": values.get("latitude"),
        "longitude": values.get("longitude"),
        "precision": coded(values, "geo_precision", ACLED_WHERE),
        "countries": _countries(values),
    }


def _countries(values: Values) -> list[str]:
    """Return ISO's letters of its number, else of the name; none when neither is ISO's."""
    number = optional(values, "iso")
    found = None if number is None else pycountry.countries.get(numeric=f"{number:03d}")
    return [found.alpha_3] if found else country_named(text(values.get("country")) or "")


def _summary(values: Values, sub: str) -> str:
    where = text(values.get("location")) or text(values.get("country")) or "unnamed place"
    return (text(values.get("notes")) or f"{sub}, at {where}.")[:4000]


def _actors(values: Values) -> list[dict[str, str]]:
    columns = ("actor1", "assoc_actor_1", "actor2", "assoc_actor_2")
    named = ";".join(text(values.get(column)) or "" for column in columns)
    return [{"name": name[:300]} for part in named.split(";") if (name := part.strip())][:50]


def _source(values: Values) -> dict[str, Any]:
    """Grade ACLED's coding: usually reliable; probably true where it names several sources."""
    named = text(values.get("source"))
    several = named is not None and ";" in named
    name = f"ACLED, from {named}" if named else "ACLED"
    return {"name": name[:300], "reliability": "B", "credibility": 2 if several else 3}
