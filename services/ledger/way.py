"""The way of one incident through the log: from its reports to what was delivered of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, Table, select

from schemas.base import RecordRef
from schemas.rejection import RejectReason
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    TOPICS,
    Topic,
)
from schemas.versions import decode
from services.ledger import episodes, tables
from services.ledger.database import reading
from services.ledger.paging import Known, Window, positions

MOST_DELIVERIES = 1_000
"""How many attempts are told of each alert at most."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One record of the way.

    Parameters
    ----------
    stage
        What the record is: reported, rejected, located, assessed, alerted, delivered.
    recorded_at
        Its record time; of what follows from a report, that of the report.
    record
        Where it stands; None of a delivery, which is told by its notification.
    what
        What it says, in a few words.
    """

    stage: str
    recorded_at: datetime
    record: RecordRef | None
    what: str


def way(engine: Engine, incident_id: str) -> list[Passage]:
    """Return the way of every revision of an incident, in order; nothing where none is known."""
    seen = tables.observations
    told: dict[str, set[int]] = defaultdict(set)
    found: list[Passage] = []
    for row in _rows(engine, tables.incidents, incident_id=incident_id):
        what = f"revision {row.revision}, {row.status}, {row.traffic}"
        found.append(_passage("reported", INCIDENTS, row, what))
        source = {"source_partition": row.partition, "source_offset": row.offset}
        for no in _rows(engine, tables.rejections, source_topic=INCIDENTS.name, **source):
            found.append(_passage("rejected", REJECTED, no, _why(no.reason)))
    for row in _rows(engine, seen, incident_id=incident_id):
        what = f"{row.kind} on {row.segment_id}"
        found.append(_passage("located", OBSERVATIONS, row, what))
        found += _followed(engine, row, told)
    for alert_id, sequences in told.items():
        found += _delivered(engine, alert_id, sequences)
    order = ("reported", "rejected", "located", "assessed", "alerted", "delivered")
    return sorted(found, key=lambda p: (p.recorded_at, order.index(p.stage)))


def _followed(engine: Engine, seen: Row[Any], told: dict[str, set[int]]) -> Iterator[Passage]:
    """Yield what an observation led to, and note in ``told`` which transitions of which alert."""
    here = {"segment_id": seen.segment_id, "traffic": seen.traffic, "recorded_at": seen.recorded_at}
    cause = RecordRef(topic=OBSERVATIONS.name, partition=seen.partition, offset=seen.offset)
    for row in _rows(engine, tables.alerts, **here):
        alert = decode(ALERTS, row.value).data
        if alert.cause == cause:
            told[alert.alert_id].add(alert.sequence)
            what = f"{alert.transition}, {alert.level}: {alert.alert_id}:{alert.sequence}"
            yield _passage("alerted", ALERTS, row, what)
    from_here = {"observation_partition": seen.partition, "observation_offset": seen.offset}
    for row in _rows(engine, tables.assessments, **here, **from_here):
        what = f"{row.level}, escalation in 14 days {row.escalation_14d:.0%}"
        yield _passage("assessed", ASSESSMENTS, row, what)


def _delivered(engine: Engine, alert_id: str, sequences: set[int]) -> Iterator[Passage]:
    known = Known(positions(engine, [topic.name for topic in TOPICS]))
    told = episodes.named(engine, alert_id, known)
    if told is None:
        return
    for one in episodes.deliveries(engine, told, known, Window(MOST_DELIVERIES)).items:
        if any(ref.alert_id == alert_id and ref.sequence in sequences for ref in one.alerts):
            what = f"{one.outcome} to {one.receiver} by {one.channel}, attempt {one.attempt}"
            yield Passage("delivered", one.recorded_at, None, f"{what}: {one.notification_id}")


def _rows(engine: Engine, table: Table, **fields: object) -> list[Row[Any]]:
    wanted = [table.c[name] == value for name, value in fields.items()]
    query = select(table).where(*wanted).order_by(table.c.partition, table.c.offset)
    with reading(engine) as connection:
        return list(connection.execute(query))


def _passage(stage: str, topic: Topic, row: Row[Any], what: str) -> Passage:
    place = RecordRef(topic=topic.name, partition=row.partition, offset=row.offset)
    return Passage(stage, row.recorded_at, place, what)


def _why(reason: str) -> str:
    return f"set aside: {reason}" if RejectReason(reason).set_aside else reason
