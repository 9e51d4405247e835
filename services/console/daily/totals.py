"""Sums of a day beside the days before it: events by kind, and tolls, of which some are unknown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.incident import Toll
from schemas.taxonomy import STEP_OF, SubEventType
from services.console.segment.timeline import people
from services.console.words import Words


@dataclass(frozen=True, slots=True)
class Event:
    """What one or several reports tell of: its kind, and the tolls that they give."""

    kind: SubEventType
    killed: Toll
    injured: Toll


@dataclass(frozen=True, slots=True)
class Losses:
    """A sum of tolls [persons].

    Parameters
    ----------
    known, unknown
        Of how many events the best estimate is known, and of how many it is not.
    low, best, high
        Of the events of which it is known.
    at_least
        What is known of the others.
    """

    known: int
    unknown: int
    low: int
    best: int
    high: int
    at_least: int


def losses(tolls: Iterable[Toll]) -> Losses:
    """Return the sum; a toll that is not known adds to nothing but the number of such."""
    told = list(tolls)
    sure = [toll for toll in told if toll.best is not None]
    others = [toll for toll in told if toll.best is None]
    best = [toll.best or 0 for toll in sure]
    return Losses(
        len(sure),
        len(others),
        sum(b if t.low is None else t.low for t, b in zip(sure, best, strict=True)),
        sum(best),
        sum(b if t.high is None else t.high for t, b in zip(sure, best, strict=True)),
        sum(toll.low or 0 for toll in others),
    )


def told(words: Words, sum_: Losses) -> str:
    """Return a sum in words; where nothing is known of any event it is unknown, and never 0."""
    if not sum_.known and not sum_.unknown:
        return words("daily.no_toll")
    parts = []
    if sum_.known:
        parts.append(people(words, sum_.low, sum_.best, sum_.high))
    if sum_.unknown:
        name = "daily.unknown_in" if sum_.known else "daily.unknown_all"
        parts.append(words(name, n=sum_.unknown))
        if sum_.at_least:
            parts.append(words("daily.at_least", n=sum_.at_least))
    return "; ".join(parts)


def worst(tolls: Sequence[Toll]) -> Toll:
    """Return the highest of the tolls that reports of one event give; of equals a known one."""

    def least(toll: Toll) -> int:
        return (toll.low or 0) if toll.best is None else toll.best

    return max(tolls, key=lambda toll: (least(toll), toll.best is not None))


def by_kind(
    today: Iterable[Event], before: Iterable[Event]
) -> Mapping[SubEventType, tuple[int, int]]:
    """Return how many events of each kind there were, then and before: the highest step first."""
    now, then = (Counter(event.kind for event in events) for events in (today, before))
    order = sorted(now.keys() | then.keys(), key=lambda kind: (-STEP_OF.get(kind, 0), kind.value))
    return {kind: (now[kind], then[kind]) for kind in order}
