"""Takes in alerts and says what is to be sent: the pure stages, on what the database holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Engine, delete, func, select, update

from models.domain.notifying.desk import Desk
from models.domain.notifying.routes import message
from models.domain.notifying.stages import hear, reconsider, settle
from schemas.alert import Alert
from services.ledger.database import reading, writing
from services.ledger.repeats import insert_new
from services.notifier import closed, desks, outbox, pruning, pulses
from services.notifier.setup import Setup
from services.notifier.tables import metadata, places, transitions

log = structlog.get_logger(__name__)


class Outrun(Exception):
    """The database is not where the batch begins: another notifier moved it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert as it was read: where, its bytes, and its trace context, if it has one."""

    offset: int
    alert: Alert
    value: bytes
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read of one partition: its offsets from ``start`` up to, without, ``end``."""

    partition: int
    start: int
    end: int
    heard: tuple[Heard, ...]


class Store:
    """The notifier's database, for the one process that works on it."""

    def __init__(self, engine: Engine, setup: Setup) -> None:
        self.engine = engine
        self.setup = setup
        self._kept: tuple[bytes | None, Desk | None] = (None, None)

    def clear(self) -> None:
        """Drop everything: the next start is the first one of an empty database."""
        with writing(self.engine) as connection:
            for table in metadata.sorted_tables:
                connection.execute(delete(table))

    def begin(self, ends: Mapping[int, int]) -> None:
        """Note of partitions never read that what they hold now is history."""
        rows = [{"partition": p, "next_offset": 0, "history_until": end} for p, end in ends.items()]
        if rows:
            with writing(self.engine) as connection:
                connection.execute(insert_new(connection, places), rows)

    def offsets(self) -> dict[int, int]:
        """Return the next offset to read of each partition."""
        with reading(self.engine) as connection:
            return {r.partition: r.next_offset for r in connection.execute(select(places))}

    def take_in(self, batches: Sequence[Batch], moment: datetime) -> datetime | None:
        """Take in alerts, move the place, and write what is to be sent, in one transaction.

        Returns
        -------
        When to ``settle`` next, provided that nothing is taken in until then; None: no need.

        Raises
        ------
        Outrun
            A batch does not begin where the database stands; nothing has been written.
        """
        with self._desk() as (connection, desk):
            history = _advance(connection, batches)
            desks.recall(connection, desk, [h.alert.alert_id for b in batches for h in b.heard])
            for batch in sorted(batches, key=lambda b: b.partition):
                for heard in batch.heard:
                    old = heard.offset < history[batch.partition]
                    self._hear(connection, desk, heard, moment, history=old)
            return self._finish(connection, desk, moment)

    def settle(self, moment: datetime, *, anew: bool = False) -> datetime | None:
        """Write what has become due.

        Parameters
        ----------
        anew
            The configuration may have changed: the routes are asked about every open alert first,
            and what waits for a channel that is gone is given up.
        """
        with self._desk() as (connection, desk):
            if anew:
                closed.reopen(connection, self.setup.marks)
                outbox.abandon(connection, self.setup.places, moment)
                reconsider(desk, self.setup.plan, moment)
            return self._finish(connection, desk, moment)

    def prune(self, moment: datetime) -> int:
        """Let go of some of what is settled and old; return how many rows, 0 once all is gone."""
        with writing(self.engine) as connection:
            return pruning.prune(connection, moment, self.setup.config.keep_for)

    def end_history(self) -> None:
        """Note that nothing more of what was there in the beginning is to come."""
        with writing(self.engine) as connection:
            late = places.c.next_offset < places.c.history_until
            connection.execute(update(places).where(late).values(history_until=0))

    def in_history(self) -> bool:
        """Tell whether some of what was there in the beginning is still to be read."""
        with reading(self.engine) as connection:
            return _in_history(connection)

    def _hear(
        self, connection: Connection, desk: Desk, heard: Heard, moment: datetime, *, history: bool
    ) -> None:
        one = heard.alert
        if one.alert_id not in desk.alerts and pruning.is_forgotten(connection, one):
            return
        verdicts = hear(desk, self.setup.plan, message(one), moment, history=history)
        if not (history and desk.alerts[one.alert_id].ended):
            keep_transition(connection, one, heard.value, heard.trace)
        if not history:
            pulses.heard(connection, one)
            log.info("alert heard", alert=one.alert_id, sequence=one.sequence, routes=verdicts)

    @contextmanager
    def _desk(self) -> Iterator[tuple[Connection, Desk]]:
        """Give the desk in a transaction.

        It is kept for the next one, unless this one fails, or the last one that the database knows
        is another: another notifier's, or an earlier one, where it forgot what it had confirmed.
        """
        (last, desk), self._kept = self._kept, (None, None)
        mark = uuid4().bytes
        with writing(self.engine) as connection:
            if desks.marked(connection, mark) != last or desk is None:
                desk = desks.load(connection)
            yield connection, desk
        self._kept = mark, desk

    def _finish(self, connection: Connection, desk: Desk, moment: datetime) -> datetime | None:
        outbox.put_right(connection, moment)
        next_at = None
        # What is still to be read may end what seems open.
        if not _in_history(connection):
            notices, kept, next_at = settle(desk, self.setup.plan, moment)
            for place, notice in enumerate(notices):
                channels = self.setup.channels[notice.key.receiver]
                outbox.add(connection, notice, channels, moment, place)
            outbox.keep_back(connection, kept, moment)
        desks.save(connection, desk, moment)
        return next_at


def keep_transition(
    connection: Connection, one: Alert, value: bytes, trace: str | None = None
) -> None:
    """Keep an alert as it was read, to be shown by notifications."""
    row = {"alert_id": one.alert_id, "sequence": one.sequence, "value": value, "trace": trace}
    connection.execute(insert_new(connection, transitions), [row])


def _advance(connection: Connection, batches: Iterable[Batch]) -> dict[int, int]:
    """Move the place, provided that it still stands where each batch begins; return the history."""
    for batch in sorted(batches, key=lambda b: b.partition):
        moved = connection.execute(
            update(places)
            .where(places.c.partition == batch.partition, places.c.next_offset == batch.start)
            .values(next_offset=batch.end)
        )
        if moved.rowcount != 1:
            msg = f"alerts [{batch.partition}]: the notifier is not at offset {batch.start}"
            raise Outrun(msg)
    return {r.partition: r.history_until for r in connection.execute(select(places))}


def _in_history(connection: Connection) -> bool:
    late = places.c.next_offset < places.c.history_until
    found = connection.execute(select(func.count()).select_from(places).where(late))
    return bool(found.scalar_one())
