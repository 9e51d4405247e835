"""What operators said of alerts, and what the worker made of each command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, exists, or_, select

from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.rejection import Rejection
from schemas.topics import ASSESSMENTS, COMMANDS, OBSERVATIONS, REJECTED
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known
from services.ledger.redact import redact
from services.ledger.trail import assesses

TOPICS = (COMMANDS.name, OBSERVATIONS.name, ASSESSMENTS.name, REJECTED.name)
"""What the answers are read from."""


@dataclass(frozen=True, slots=True)
class Obeyed:
    """A command, and how far it has come.

    Parameters
    ----------
    observed
        Where it stands among everything else on its segment; None until a worker has read it.
    assessed
        Whether the segment has been assessed with it: what was to be said of it has been said.
    refusal
        Why it leads to nothing.
    """

    record: RecordRef
    recorded_at: datetime
    command: AnyCommand
    observed: RecordRef | None
    assessed: bool
    refusal: Rejection | None


def of_alert(
    engine: Engine, alert_id: str, known: Known, *, classified: bool
) -> tuple[Obeyed, ...]:
    """Return the commands on an alert, the first one first."""
    return _found(engine, tables.commands.c.alert_id == alert_id, known, classified)


def of_record(engine: Engine, record: RecordRef, known: Known) -> Obeyed | None:
    """Return the command of a place in the log, without who said it; None where it is not known."""
    said = tables.commands.c
    here = and_(said.partition == record.partition, said.offset == record.offset)
    return next(iter(_found(engine, here, known, classified=False)), None)


def _found(
    engine: Engine, wanted: ColumnElement[bool], known: Known, classified: bool
) -> tuple[Obeyed, ...]:
    said = tables.commands
    query = (
        select(said)
        .where(wanted, known.has(said, COMMANDS.name))
        .order_by(said.c.recorded_at, said.c.partition, said.c.offset)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
        return tuple(_obeyed(connection, row, known, classified) for row in rows)


def _obeyed(connection: Connection, row: Row[Any], known: Known, classified: bool) -> Obeyed:
    command = decode(COMMANDS, row.value)
    seen = _observation(connection, row, known)
    places = [(COMMANDS.name, row.partition, row.offset)]
    if seen is not None:
        places.append((OBSERVATIONS.name, seen.partition, seen.offset))
    return Obeyed(
        _ref(COMMANDS.name, row),
        row.recorded_at,
        command if classified else redact(command),
        None if seen is None else _ref(OBSERVATIONS.name, seen),
        seen is not None and seen.assessed,
        _refusal(connection, places, known),
    )


def _observation(connection: Connection, row: Row[Any], known: Known) -> Row[Any] | None:
    """Return what a command became on its own segment; one written again later is a repeat."""
    seen, said = tables.observations, tables.assessments
    assessed = and_(assesses(said, seen), known.has(said, ASSESSMENTS.name))
    query = (
        select(seen.c.partition, seen.c.offset, exists().where(assessed).label("assessed"))
        .where(
            seen.c.segment_id == row.segment_id,
            seen.c.traffic == row.traffic,
            # An observation has the record time of its cause, as the worker read it.
            seen.c.recorded_at == row.recorded_at,
            seen.c.cause_topic == COMMANDS.name,
            seen.c.cause_partition == row.partition,
            seen.c.cause_offset == row.offset,
            known.has(seen, OBSERVATIONS.name),
        )
        .order_by(seen.c.partition, seen.c.offset)
    )
    return connection.execute(query.limit(1)).first()


def _refusal(
    connection: Connection, places: Sequence[tuple[str, int, int]], known: Known
) -> Rejection | None:
    no = tables.rejections
    of = [
        and_(
            no.c.source_topic == topic,
            no.c.source_partition == partition,
            no.c.source_offset == offset,
        )
        for topic, partition, offset in places
    ]
    query = select(no.c.value).where(or_(*of), known.has(no, REJECTED.name)).limit(1)
    value = connection.execute(query).scalar()
    found: Rejection | None = None if value is None else decode(REJECTED, value)
    return found


def _ref(topic: str, row: Row[Any]) -> RecordRef:
    return RecordRef(topic=topic, partition=row.partition, offset=row.offset)
