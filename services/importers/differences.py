"""Says in words what differs between two tellings of one incident, old value and new."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.domain.borders import GEOD
from schemas.base import Contract
from schemas.incident import Claim, IncidentReport, Place, Source, Toll, When

LONGEST = 120
"""How much of a value is quoted [characters]; ten fields then fit into a reason."""

# Whose incident and which revision it is, what is no part of what it says, and the fields that have
# words of their own.
_APART = {"incident_id", "revision", "status_reason", "sealed"}
_WORDED = {"status", "occurred", "place", "fatalities", "summary", "sources"}


class Kind(StrEnum):
    """What a correction is of: deaths, place and time move the risk, the rest hardly."""

    DEATHS = "deaths"
    PLACE = "place"
    TIME = "time"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed, in words with its old and its new value."""

    kind: Kind
    words: str


def differences(old: IncidentReport, new: IncidentReport) -> tuple[Difference, ...]:
    """Return what ``new`` tells otherwise than ``old``; nothing when the content is equal.

    Of the status only a step back counts: that the source no longer calls the event clear. A field
    that has no words of its own here is named and quoted, so that none can change unseen.
    """
    return (
        *_deaths(old.fatalities, new.fatalities),
        *_moved(old.place, new.place),
        *_timed(old.occurred, new.occurred),
        *_named(old, new),
    )


def kinds(found: Iterable[Difference]) -> tuple[Kind, ...]:
    """Return what a correction is of, each kind once."""
    those = {difference.kind for difference in found}
    return tuple(kind for kind in Kind if kind in those)


def _deaths(old: Toll, new: Toll) -> Iterator[Difference]:
    bounds = [
        f"{bound} {_words(was)} -> {_words(now)}"
        for bound in ("best", "low", "high")
        if (was := getattr(old, bound)) != (now := getattr(new, bound))
    ]
    if bounds:
        yield Difference(Kind.DEATHS, f"deaths: {', '.join(bounds)}")
    if [c.of_side for c in old.claims] != [c.of_side for c in new.claims]:
        # The same counts under other names are news of the parties, not of the dead.
        same = [*map(_count, old.claims)] == [*map(_count, new.claims)]
        kind = Kind.OTHER if same else Kind.DEATHS
        yield _changed(kind, "deaths by side", old.claims, new.claims)
    else:
        for was, now in zip(old.claims, new.claims, strict=True):
            if was != now:
                yield _changed(Kind.DEATHS, f"deaths of {now.of_side}", _count(was), _count(now))


def _count(claim: Claim) -> tuple[int, ...] | None:
    """Return the numbers of a claim, None when it gives none."""
    return tuple(n for n in (claim.low, claim.best, claim.high) if n is not None) or None


def _moved(old: Place, new: Place) -> Iterator[Difference]:
    before, after = (old.latitude, old.longitude), (new.latitude, new.longitude)
    if before != after:
        if None in (*before, *after):
            yield _changed(Kind.PLACE, "coordinates", before, after)
        else:
            metres = GEOD.inv(old.longitude, old.latitude, new.longitude, new.latitude)[2]
            yield Difference(Kind.PLACE, f"place moved {_length(metres)}")
    for field in Place.model_fields:
        if field not in ("latitude", "longitude", "name"):
            yield from _field(Kind.PLACE, f"place {field}", old, new, field)


def _timed(old: When, new: When) -> Iterator[Difference]:
    if (old.start, old.end) != (new.start, new.end):
        yield _changed(Kind.TIME, "time", _period(old), _period(new))
    for field in When.model_fields:
        if field not in ("start", "end"):
            yield from _field(Kind.TIME, f"time {field}", old, new, field)


def _period(when: When) -> str:
    return " to ".join(_words(at) for at in (when.start, when.end) if at is not None)


def _named(old: IncidentReport, new: IncidentReport) -> Iterator[Difference]:
    if (old.status, new.status) == ("confirmed", "reported"):
        yield Difference(Kind.OTHER, "code status: clear -> unclear")
    yield from _field(Kind.OTHER, "place name", old.place, new.place, "name")
    # The summary names the place: a new name alone does not make it another summary.
    renamed = old.summary.replace(old.place.name, new.place.name)
    if new.summary not in (old.summary, renamed):
        yield _changed(Kind.OTHER, "summary", old.summary, new.summary)
    if old.sources != new.sources:
        yield Difference(Kind.OTHER, f"sources: {_grades(old.sources, new.sources)}")
    for field in IncidentReport.model_fields:
        if field not in _APART | _WORDED:
            yield from _field(Kind.OTHER, field.replace("_", " "), old, new, field)


def _grades(old: tuple[Source, ...], new: tuple[Source, ...]) -> str:
    """Return how the grades changed; who the sources are is classified, a reason is not."""
    was, now = (", ".join(f"{s.reliability}{s.credibility}" for s in told) for told in (old, new))
    if was == now:
        return f"named otherwise, graded {now or 'none'} as before"
    return f"graded {was or 'none'} -> {now or 'none'}"


def _field(
    kind: Kind, label: str, old: Contract, new: Contract, field: str
) -> Iterator[Difference]:
    was, now = getattr(old, field), getattr(new, field)
    if was != now:
        yield _changed(kind, label, was, now)


def _changed(kind: Kind, label: str, old: Any, new: Any) -> Difference:
    was, now = _words(old) or "none", _words(new) or "none"
    if max(len(was), len(now)) > LONGEST:
        # The beginning that long values share would crowd out where they differ.
        shared = max(0, _shared(was, now) - 20)
        was, now = _cut(was, shared), _cut(now, shared)
    return Difference(kind, f"{label}: {was} -> {now}")


def _shared(was: str, now: str) -> int:
    pairs = enumerate(zip(was, now, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(was), len(now)))


def _cut(words: str, start: int) -> str:
    end = start + LONGEST - 6
    return f"{'...' if start else ''}{words[start:end]}{'...' if end < len(words) else ''}"


def _length(metres: float) -> str:
    if metres < 1:
        return "less than 1 m"
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def _words(value: Any) -> str:
    """Return a value as people read it; of a compound one, what it says."""
    match value:
        case None:
            return "unknown"
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == value.min.time() else value.isoformat()
        case Contract():
            return " ".join(_words(v) for _, v in value if v not in (None, ()))
        case tuple():
            return ", ".join(map(_words, value))
        case _:
            return str(value)
