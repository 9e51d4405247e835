"""Writes batches of rows, each with the offsets that they bring the ledger to, or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine, Table, Update, delete, func, insert, select, update

from services.ledger import repeats, tables
from services.ledger.database import reading, writing
from services.ledger.rows import Row, Values
from services.ledger.tables import offsets

Place = tuple[str, int]
"""A topic, without the deployment's prefix, and a partition of it."""

log = structlog.get_logger(__name__)


class Outrun(Exception):
    """The ledger is not where the batch begins: another one wrote it, or it was rebuilt."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read of one partition: its offsets from ``start`` up to, without, ``end``."""

    topic: str
    partition: int
    start: int
    end: int
    rows: tuple[Row, ...]


class Store:
    """The ledger, for the one who fills it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, places: Iterable[Place]) -> None:
        """Note that nothing has been read of ``places``, where nothing is noted yet."""
        start = {"next_offset": 0, "first_offset": 0}
        rows = [{"topic": t, "partition": p, **start} for t, p in sorted(places)]
        with writing(self._engine) as connection:
            connection.execute(repeats.insert_new(connection, offsets), rows)

    def offsets(self) -> dict[Place, int]:
        """Return the next offset to read of each partition."""
        with reading(self._engine) as connection:
            return {(r.topic, r.partition): r.next_offset for r in connection.execute(_OFFSETS)}

    def write(self, batches: Sequence[Batch]) -> None:
        """Write the rows of ``batches`` and move the offsets, in one transaction.

        Raises
        ------
        Outrun
            A batch does not begin where the ledger ends; nothing has been written. Read the
            offsets again and go on from there.
        """
        with writing(self._engine) as connection:
            # Always in the same order, so that two ledgers cannot wait for each other.
            for batch in sorted(batches, key=lambda b: (b.topic, b.partition)):
                _advance(connection, batch)
            found = _insert(connection, [row for batch in batches for row in batch.rows])
        # After the transaction, so that one that is rolled back reports nothing.
        for contradiction in found:
            log.error("alert contradicts the one that stands", **contradiction)

    def pass_over(self, at: Mapping[Place, int], first: Mapping[Place, int]) -> None:
        """Note that the log begins at ``first``: what lay before can no longer be read.

        Where the ledger is no longer at ``at``, another one was first and has noted it.
        """
        with writing(self._engine) as connection:
            for place, offset in sorted(first.items()):
                values = {"next_offset": offset, "first_offset": offset}
                connection.execute(_at(*place, at[place]).values(**values))

    def clear(self) -> None:
        """Drop all rows and begin again at offset 0 of every partition."""
        with writing(self._engine) as connection:
            # First, and in the order of ``write``: whoever is writing finishes, then finds itself
            # outrun, so that no row of before is left behind.
            connection.execute(_OFFSETS.with_for_update())
            connection.execute(update(offsets).values(next_offset=0, first_offset=0))
            for table in tables.ROWS:
                connection.execute(delete(table))

    def counts(self) -> dict[str, int]:
        """Return the number of rows in each table."""
        with reading(self._engine) as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables.ROWS
            }


_OFFSETS = select(offsets).order_by(offsets.c.topic, offsets.c.partition)


def _at(topic: str, partition: int, offset: int) -> Update:
    """Return the update of one offset, provided that it still stands there."""
    return update(offsets).where(
        offsets.c.topic == topic,
        offsets.c.partition == partition,
        offsets.c.next_offset == offset,
    )


def _advance(connection: Connection, batch: Batch) -> None:
    """Move one offset, provided that it still stands where the batch begins."""
    place = _at(batch.topic, batch.partition, batch.start)
    moved = connection.execute(place.values(next_offset=batch.end))
    if moved.rowcount != 1:
        msg = f"{batch.topic} [{batch.partition}]: the ledger is not at offset {batch.start}"
        raise Outrun(msg)


def _insert(connection: Connection, rows: Sequence[Row]) -> list[Values]:
    """Insert all rows, a table at a time; return the alerts that contradict."""
    by_table: dict[Table, list[Values]] = defaultdict(list)
    for row in rows:
        by_table[row.table].append(row.values)
    told = by_table.pop(tables.alerts, [])
    for table, values in by_table.items():
        connection.execute(insert(table), values)
    return repeats.insert_alerts(connection, told) if told else []
