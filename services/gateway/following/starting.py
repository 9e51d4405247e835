"""Where a reader begins: after the id that it has, at a time, at the beginning, or now."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy import Engine

from schemas.rejection import FieldError
from services.gateway import problems
from services.gateway.asking.parameters import When
from services.gateway.following import pages
from services.gateway.following.feed import Feed
from services.gateway.following.filters import Asked
from services.gateway.following.position import NotAPosition, OtherLog, Position
from services.gateway.problems import Problem

Since = Literal["beginning"] | When


class Begins(Asked):
    """What a query may say of where to begin."""

    since: Since | None = Field(
        default=None,
        description="Without an id: from the first alert on that was recorded then or later "
        "(ISO 8601), or 'beginning'; absent: only what comes from now on.",
        examples=["beginning", "2021-04-28T00:00:00Z"],
    )


async def begin(feed: Feed, ledger: Engine, field: str, id_: str | None, asked: Begins) -> Position:
    """Return the position to begin at.

    Parameters
    ----------
    field
        What the id was given as, for what is said of it.

    Raises
    ------
    Problem
        The id is none, or of another log; alerts after it are gone; the read model is away.
    """
    if feed.trouble is not None:
        raise problems.unanswered("the read model")
    if id_:
        return await _after(feed, field, id_)
    if isinstance(asked.since, datetime):
        since = asked.since
        return await feed.turn(lambda: pages.start(ledger, since))
    return feed.first if asked.since == "beginning" else feed.recent.end


async def _after(feed: Feed, field: str, id_: str) -> Position:
    try:
        position = feed.codec.decode(id_)
    except NotAPosition as error:
        expected = "expected an id of this feed as it was given; without one: since=beginning"
        raise _refused(problems.BAD_REQUEST, field, id_, f"{error}; {expected}") from None
    except OtherLog as error:
        raise _other(field, id_, str(error)) from None
    if not position.reaches(feed.first):
        raise gone(feed, field, id_, position.furthest(feed.first))
    if not feed.recent.end.reaches(position):
        # The read model may be behind the one that the id comes from; the log is not.
        end = await feed.log.end()
        if end is not None and not end.reaches(position):
            raise _other(field, id_, "it lies beyond the end of the log")
    return position


def gone(feed: Feed, field: str, id_: str, kept: Position) -> Problem:
    """Return what is said when alerts after an id are missing."""
    why = (
        "alerts after it are no longer kept. What is kept goes on after the id "
        f"{feed.codec.encode(kept)}: ask with that one, and know that some are missing"
    )
    return _refused(problems.GAP, field, id_, why)


def _other(field: str, id_: str, why: str) -> Problem:
    do = "begin anew: with since=beginning, or since= a time"
    return _refused(problems.OTHER_LOG, field, id_, f"{why}; {do}")


def _refused(kind: problems.Kind, field: str, id_: str, expected: str) -> Problem:
    value = id_ if len(id_) <= problems.SHOWN else f"{id_[: problems.SHOWN - 3]}..."
    error = FieldError(field=field, value=repr(value), expected=expected)
    return Problem(kind, f"{field}: found {value!r}; {expected}", [error])
