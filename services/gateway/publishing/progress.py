"""How far a report has come: received, located, folded, or why not, by the read model."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, Row, Table, exists, select

from schemas.base import Moment, RecordRef
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED, Topic
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.rejecting import rejects
from services.ledger.trail import assesses


class Stage(StrEnum):
    """How far a revision has come; only ``received`` and ``located`` are not final."""

    RECEIVED = "received"
    LOCATED = "located"
    FOLDED = "folded"
    REJECTED = "rejected"
    SET_ASIDE = "set-aside"
    UNCHANGED = "unchanged"

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return self not in (Stage.RECEIVED, Stage.LOCATED)


class OnSegment(BaseModel):
    """What a revision changes on one segment, or on a border as a whole."""

    model_config = ConfigDict(frozen=True)

    segment_id: str
    kind: str = Field(description="assert: it counts there; retract: it no longer does.")
    observation: RecordRef
    folded: bool = Field(description="It is part of the segment's state and has been assessed.")


class Progress(BaseModel):
    """One record of a revision."""

    model_config = ConfigDict(frozen=True)

    revision: int
    status: str = Field(description="What the report says of itself, e.g. 'confirmed'.")
    stage: Stage
    record: RecordRef
    received_at: Moment
    segments: tuple[OnSegment, ...] = ()
    reason: RejectReason | None = Field(default=None, description="Of a rejection.")
    detail: str | None = Field(default=None, description="Why, and what to do.")


def of(engine: Engine, incident_id: str) -> tuple[Progress, ...]:
    """Return every record of an incident that the read model has, in the order of the log."""
    table = tables.incidents
    query = (
        select(table.c.partition, table.c.offset, table.c.recorded_at)
        .add_columns(table.c.revision, table.c.status)
        .where(table.c.incident_id == incident_id)
        .order_by(table.c.partition, table.c.offset)
    )
    with reading(engine) as connection:
        records = connection.execute(query).all()
        if not records:
            return ()
        segments = _segments(connection, incident_id)
        rejections = _rejections(connection, INCIDENTS, tables.incidents, incident_id)
        of_observations = _rejections(connection, OBSERVATIONS, tables.observations, incident_id)
    for found in segments.values():
        for row in found:
            if (refused := of_observations.get(_place(row))) is not None:
                rejections[row.cause_partition, row.cause_offset] = refused
    told, before = list[Progress](), _Before()
    for row in records:
        place = _place(row)
        one = _progress(row, segments.get(place, ()), rejections.get(place), before)
        told.append(one)
        before.add(one)
    return tuple(told)


@dataclass(slots=True)
class _Before:
    """What the records of an incident that came before one decide about it.

    The worker takes an incident's records in their order: a repeat and an older revision change
    nothing, nor does a retraction of what counts nowhere.
    """

    highest: int = 0
    placed: set[int] = field(default_factory=set)
    counts: bool = False
    pending: bool = False

    def add(self, one: Progress) -> None:
        """Go on to what comes after a record."""
        if one.stage is not Stage.REJECTED:
            self.highest = max(self.highest, one.revision)
        if one.stage in (Stage.LOCATED, Stage.FOLDED):
            self.placed.add(one.revision)
            self.counts = any(s.kind == "assert" for s in one.segments)
        self.pending = self.pending or not one.stage.final

    def without_effect(self, row: Row[Any]) -> Stage:
        """Tell a record that is still on its way from one that changes nothing."""
        if row.revision < self.highest or row.revision in self.placed:
            return Stage.UNCHANGED
        if row.status == "retracted" and not self.counts and not self.pending:
            return Stage.UNCHANGED
        return Stage.RECEIVED


def _progress(
    row: Row[Any], changed: Sequence[Row[Any]], refused: bytes | None, before: _Before
) -> Progress:
    found = tuple(_on_segment(one) for one in changed)
    rejection = decode(REJECTED, refused) if refused is not None else None
    if rejection is not None:
        stage = Stage.SET_ASIDE if rejection.reason.set_aside else Stage.REJECTED
    elif found:
        stage = Stage.FOLDED if all(one.folded for one in found) else Stage.LOCATED
    else:
        stage = before.without_effect(row)
    return Progress(
        revision=row.revision,
        status=row.status,
        stage=stage,
        record=RecordRef(topic=INCIDENTS.name, partition=row.partition, offset=row.offset),
        received_at=row.recorded_at,
        segments=found,
        reason=rejection.reason if rejection else None,
        detail=rejection.detail if rejection else None,
    )


def _segments(
    connection: Connection, incident_id: str
) -> dict[tuple[int, int], tuple[Row[Any], ...]]:
    """Return what each record of an incident led to, each observation once."""
    seen, said = tables.observations, tables.assessments
    query = (
        select(seen.c.partition, seen.c.offset, seen.c.segment_id, seen.c.kind)
        .add_columns(seen.c.cause_partition, seen.c.cause_offset)
        .add_columns(exists().where(assesses(said, seen)).label("folded"))
        .where(seen.c.incident_id == incident_id, seen.c.cause_topic == INCIDENTS.name)
        .order_by(seen.c.partition, seen.c.offset)
    )
    found: dict[tuple[int, int], dict[tuple[str, str], Row[Any]]] = defaultdict(dict)
    for row in connection.execute(query):
        # One that was written again after a crash is a repeat of the first.
        where = found[row.cause_partition, row.cause_offset]
        where.setdefault((row.segment_id, row.kind), row)
    return {place: tuple(by.values()) for place, by in found.items()}


def _rejections(
    connection: Connection, topic: Topic, records: Table, incident_id: str
) -> dict[tuple[int, int], bytes]:
    """Return what was rejected of an incident's records on a topic, as it stands in the log."""
    refused = tables.rejections
    query = (
        select(records.c.partition, records.c.offset, refused.c.value)
        .join(refused, rejects(refused, records, topic))
        .where(records.c.incident_id == incident_id)
    )
    return {(partition, offset): value for partition, offset, value in connection.execute(query)}


def _place(row: Row[Any]) -> tuple[int, int]:
    return row.partition, row.offset


def _on_segment(row: Row[Any]) -> OnSegment:
    return OnSegment(
        segment_id=row.segment_id,
        kind=row.kind,
        observation=RecordRef(topic=OBSERVATIONS.name, partition=row.partition, offset=row.offset),
        folded=row.folded,
    )
