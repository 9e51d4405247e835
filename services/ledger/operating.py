"""What operators ask of the ledger: the silences that were given, the records rejected."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, exists, select, true

from schemas.base import RecordRef
from schemas.command import AnyCommand, SilenceCommand
from schemas.incident import Traffic
from schemas.rejection import Rejection, RejectReason
from schemas.topics import COMMANDS, REJECTED
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Key, Known, Page, Window, before, cut, of_traffic
from services.ledger.redact import redact
from services.ledger.rejecting import rejects


@dataclass(frozen=True, slots=True)
class RejectionsWanted:
    """Which rejections: by reason, by the topic of the record, by when they were recorded."""

    reasons: tuple[RejectReason, ...] = ()
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def silencing(
    engine: Engine, traffic: Traffic, known: Known, *, classified: bool
) -> tuple[AnyCommand, ...]:
    """Return every silence, and every end of one, in the order of the log, without the rejected."""
    said, no = tables.commands.alias("said"), tables.rejections.alias("no")
    rejected = exists().where(rejects(no, said, COMMANDS), known.has(no, REJECTED.name))
    query = (
        select(said.c.value)
        .where(
            of_traffic(said, traffic),
            said.c.kind.in_(("silence", "expire-silence")),
            known.has(said, COMMANDS.name),
            ~rejected,
        )
        .order_by(said.c.partition, said.c.offset)
    )
    with reading(engine) as connection:
        found = connection.execute(query).all()
    said_so = (decode(COMMANDS, row.value) for row in found)
    return tuple(value if classified else redact(value) for value in said_so)


def silence(engine: Engine, silence_id: str) -> SilenceCommand | None:
    """Return the last command that made a silence of that id, with its author, or None."""
    table = tables.commands
    query = (
        select(table.c.value)
        .where(table.c.silence_id == silence_id, table.c.kind == "silence")
        .order_by(table.c.recorded_at.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        value = connection.execute(query).scalar()
    return None if value is None else SilenceCommand.model_validate_json(value)


def rejections(
    engine: Engine, wanted: RejectionsWanted, known: Known, window: Window, most_bytes: int
) -> Page[tuple[RecordRef, int, Rejection]]:
    """Return where each rejection stands, the length of its value [bytes], and what it says.

    The last comes first. Of each value the first ``most_bytes`` are kept: at most one whole record
    is held at a time.
    """
    table = tables.rejections
    order = (table.c.recorded_at, table.c.partition, table.c.offset)
    query = (
        select(*order, table.c.value)
        .where(known.has(table, REJECTED.name), _wanted(wanted), before(order, window.after))
        .order_by(*(column.desc() for column in order))
        .limit(window.limit + 1)
    )
    items: list[tuple[RecordRef, int, Rejection]] = []
    keys: list[Key] = []
    streamed = {"yield_per": 1}
    with (
        reading(engine) as connection,
        connection.execute(query, execution_options=streamed) as rows,
    ):
        for row in rows:
            keys.append((row.recorded_at, row.partition, row.offset))
            place = RecordRef(topic=REJECTED.name, partition=row.partition, offset=row.offset)
            items.append((place, *_trimmed(decode(REJECTED, row.value), most_bytes)))
    return cut(items, keys, window.limit)


def _trimmed(rejection: Rejection, most_bytes: int) -> tuple[int, Rejection]:
    size = rejection.cut.value_bytes if rejection.cut else len(rejection.value)
    beginning = bytes(rejection.value[:most_bytes])
    return size, rejection.model_copy(update={"value": beginning})


def _wanted(wanted: RejectionsWanted) -> ColumnElement[bool]:
    table = tables.rejections
    found: ColumnElement[bool] = true()
    if wanted.reasons:
        found &= table.c.reason.in_([reason.value for reason in wanted.reasons])
    if wanted.topic is not None:
        found &= table.c.source_topic == wanted.topic
    if wanted.since is not None:
        found &= table.c.recorded_at >= wanted.since
    if wanted.until is not None:
        found &= table.c.recorded_at < wanted.until
    return found
