"""Cuts lists into pages that all tell of one moment of the ledger, whatever is written meanwhile.

A page begins after the last item of the one before, and counts only what the ledger held when the
first page was asked for: up to an offset of each partition. Records are only ever added, so that
this is one moment of it, whatever their record times are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Engine, FromClause, and_, false, or_, select, true

from schemas.incident import Traffic
from services.ledger.database import reading
from services.ledger.tables import offsets

T = TypeVar("T")

Positions = Mapping[str, tuple[tuple[int, int], ...]]
"""Of each topic: (partition, next offset), in the order of partitions."""

Key = tuple[datetime | str | int, ...]
"""What the items of a list are ordered by, of one of them; it tells them apart."""


@dataclass(frozen=True, slots=True)
class Known:
    """What of the ledger counts.

    Parameters
    ----------
    positions
        Up to which offsets, of every topic that the question is about.
    as_of
        Up to which record time; None: all.
    """

    positions: Positions
    as_of: datetime | None = None

    def has(self, table: FromClause, topic: str) -> ColumnElement[bool]:
        """Tell which rows of a topic's table, or of an alias of it, count."""
        # As sums, which no index can seek by: SQLite would else take the primary key, whose range
        # is nearly all of the table, in place of the index that the question needs.
        ends = [
            and_(table.c.partition + 0 == partition, table.c.offset + 0 < end)
            for partition, end in self.positions[topic]
        ]
        by_then = true() if self.as_of is None else table.c.recorded_at <= self.as_of
        return and_(or_(*ends) if ends else false(), by_then)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: at most ``limit`` items after the one of key ``after``."""

    limit: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; ``last`` is the key of its last item, None where the list ends with it."""

    items: tuple[T, ...]
    last: Key | None


def positions(engine: Engine, topics: Iterable[str]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return how far the ledger has come in ``topics``."""
    wanted = sorted(topics)
    query = select(offsets).where(offsets.c.topic.in_(wanted))
    found: dict[str, list[tuple[int, int]]] = {topic: [] for topic in wanted}
    with reading(engine) as connection:
        for row in connection.execute(query.order_by(offsets.c.topic, offsets.c.partition)):
            found[row.topic].append((row.partition, row.next_offset))
    return {topic: tuple(ends) for topic, ends in found.items()}


def before(columns: Sequence[ColumnElement[Any]], key: Key | None) -> ColumnElement[bool]:
    """Tell which rows come after ``key`` in a list that descends by all of ``columns``."""
    if key is None:
        return true()
    first, *rest = columns
    if not rest:
        return first < key[0]
    deeper = and_(first == key[0], before(rest, key[1:]))
    # The first bound alone is what an index can seek by.
    return and_(first <= key[0], or_(first < key[0], deeper))


def cut(items: Sequence[T], keys: Sequence[Key], limit: int) -> Page[T]:
    """Return a page of ``items``, of which there is one more than ``limit`` where it goes on."""
    more = len(items) > limit
    return Page(tuple(items[:limit]), keys[limit - 1] if more else None)


def of_traffic(table: FromClause, traffic: Traffic) -> ColumnElement[bool]:
    """Tell which rows are of one kind of traffic."""
    return table.c.traffic == traffic.value
