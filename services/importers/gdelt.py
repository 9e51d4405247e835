"""Reads GDELT 2.0 events, coded by machine from the news, as incidents."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from schemas.codebooks import GDELT_WHERE, from_cameo
from schemas.fips import FIPS
from services.importers.cells import Refused, Values, bounded, coded, optional, text, whole
from services.importers.dataset import Told
from services.importers.gdelt_columns import COLUMNS
from services.importers.rows import LeftOut
from services.importers.table import Columns

SOURCE = "urn:gdelt:events"

RELIABILITY = "D"
"""Not usually reliable. A machine reads the news: of the protests it found with a working address,
21 % were one (Wang, Kennedy, Lazer and Ramakrishnan 2016, Science 353, p. 1502)."""

CREDIBILITY = 5
"""Improbable, as most of what stands in one article is; Admiralty's scale of information."""

CREDIBILITY_REPEATED = 4
"""Doubtful: several outlets say it, who may all have it from one."""

REPEATED_MENTIONS, REPEATED_SOURCES = 10, 2
"""From how many mentions, in how many outlets, an event counts as repeated."""

_CODE = re.compile(r"[0-9]{2,4}", re.ASCII)
_URL = re.compile(r"https?://\S{1,1990}")


@dataclass(frozen=True, slots=True)
class Gdelt:
    """GDELT 2.0 events as a dataset."""

    called: str = "GDELT"
    source: str = SOURCE
    columns: Columns = COLUMNS
    repeats: bool = True

    def told(self, values: Values) -> Told | LeftOut:
        """Return what a row says; left out are codes that say nothing about a border."""
        code = _code(values)
        types = from_cameo(code)
        if types is None:
            return LeftOut(f"CAMEO {code}")
        if not optional(values, "ActionGeo_Type"):
            return LeftOut("no place")
        number, day, at = whole(values, "GLOBALEVENTID"), _day(values), _added(values)
        if day > at:
            raise Refused("SQLDATE", f"{day:%Y%m%d}", f"a day up to DATEADDED, {at:%Y%m%d}")
        kind, sub = types
        place, url = _place(values), _url(values)
        report = {
            "incident_id": f"GDELT-{number}",
            "revision": 1,
            "status": "reported",
            "occurred": {"start": day, "precision": "day"},
            "place": place,
            "event_type": kind,
            "sub_event_type": sub,
            "summary": _summary(values, code, sub, place["name"]),
            "actors": _actors(values),
            "sources": [_source(values, url)],
            "native": {"scheme": "GDELT-CAMEO", "id": str(number), "code": code},
        }
        where = f"{place['latitude']} {place['longitude']}"
        return Told(report, at, f"{url} {day:%Y%m%d} {where} {sub}" if url else None)


def _code(values: Values) -> str:
    """Return the CAMEO code, with the leading zero that a table of numbers has lost."""
    code, root = (text(values.get(c)) or "" for c in ("EventCode", "EventRootCode"))
    code, root = code.removesuffix(".0"), root.removesuffix(".0").zfill(2)
    if not code.startswith(root) and f"0{code}".startswith(root):
        code = f"0{code}"
    if _CODE.fullmatch(code) is None:
        raise Refused("EventCode", code[:200], "a CAMEO code of two to four digits")
    return code


def _day(values: Values) -> datetime:
    return _moment(values, "SQLDATE", "%Y%m%d", 8)


def _added(values: Values) -> datetime:
    return _moment(values, "DATEADDED", "%Y%m%d%H%M%S", 14)


def _moment(values: Values, column: str, form: str, digits: int) -> datetime:
    said = str(whole(values, column))
    try:
        # strptime takes fewer digits too, and would read another day.
        found = datetime.strptime(said if len(said) == digits else "", form).replace(tzinfo=UTC)
    except ValueError:
        raise Refused(column, said[:200], f"{digits} digits, as in 2020-11-13") from None
    return bounded(column, said, found)


def _place(values: Values) -> dict[str, Any]:
    country = text(values.get("ActionGeo_CountryCode")) or ""
    return {
        "name": (text(values.get("ActionGeo_FullName")) or "unnamed place")[:300],
        "latitude": values.get("ActionGeo_Lat"),
        "longitude": values.get("ActionGeo_Long"),
        "precision": coded(values, "ActionGeo_Type", GDELT_WHERE),
        "countries": [FIPS[country]] if country in FIPS else [],
    }


def _actors(values: Values) -> list[dict[str, str | None]]:
    found = []
    for number in (1, 2):
        side = text(values.get(f"Actor{number}CountryCode"))
        if name := text(values.get(f"Actor{number}Name")):
            found.append({"name": name[:300], "side": side and side[:300]})
    return found


def _url(values: Values) -> str | None:
    """Return the article's address; of broadcasts and papers GDELT gives a citation instead."""
    said = text(values.get("SOURCEURL")) or ""
    return said if _URL.fullmatch(said) else None


def _source(values: Values, url: str | None) -> dict[str, Any]:
    mentions, outlets = (optional(values, c) or 0 for c in ("NumMentions", "NumSources"))
    repeated = mentions >= REPEATED_MENTIONS and outlets >= REPEATED_SOURCES
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        host = None
    return {
        "name": f"GDELT, from {host}"[:300] if host else "GDELT",
        "url": url,
        "reliability": RELIABILITY,
        "credibility": CREDIBILITY_REPEATED if repeated else CREDIBILITY,
    }


def _summary(values: Values, code: str, sub: str, where: str) -> str:
    actors = " and ".join(str(a["name"]) for a in _actors(values)) or "unnamed actors"
    goldstein = text(values.get("GoldsteinScale")) or "unknown"
    mentions, outlets = (
        text(values.get(column)) or "an unknown number of"
        for column in ("NumMentions", "NumSources")
    )
    return (
        f"{actors}: {sub} (CAMEO {code}), at {where}. Coded by machine; Goldstein scale "
        f"{goldstein[:20]}, {mentions[:20]} mentions in {outlets[:20]} sources."
    )[:4000]
