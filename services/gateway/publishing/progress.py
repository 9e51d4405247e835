"""How far a report has come: received, located, folded, or why not, by the read model."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, Row, exists, select

from schemas.base import Moment, RecordRef
from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
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
        # One a report: which are few, since a resend is not written again.
        rejections = {_place(row): _rejection(connection, INCIDENTS.name, row) for row in records}
        for found in segments.values():
            for row in found:
                if (refused := _rejection(connection, OBSERVATIONS.name, row)) is not None:
                    rejections[row.cause_partition, row.cause_offset] = refused
    told: list[Progress] = []
    for row in records:
        changed = segments.get(_place(row), ())
        told.append(_progress(row, changed, rejections[_place(row)], told))
    return tuple(told)


def _progress(
    row: Row[Any], changed: Sequence[Row[Any]], refused: bytes | None, before: Sequence[Progress]
) -> Progress:
    found = tuple(_on_segment(one) for one in changed)
    rejection = decode(REJECTED, refused) if refused is not None else None
    if rejection is not None:
        stage = Stage.SET_ASIDE if rejection.reason.set_aside else Stage.REJECTED
    elif found:
        stage = Stage.FOLDED if all(one.folded for one in found) else Stage.LOCATED
    else:
        stage = _without_effect(row, before)
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


def _without_effect(row: Row[Any], before: Sequence[Progress]) -> Stage:
    """Tell a record that is still on its way from one that changes nothing.

    The worker takes an incident's records in their order, so that what came before decides: a
    repeat and an older revision change nothing, nor does a retraction of what counts nowhere.
    """
    counted = [one for one in before if one.stage is not Stage.REJECTED]
    placed = [one for one in counted if one.stage in (Stage.LOCATED, Stage.FOLDED)]
    if any(one.revision > row.revision for one in counted):
        return Stage.UNCHANGED
    if any(one.revision == row.revision for one in placed):
        return Stage.UNCHANGED
    open_ = any(not one.stage.final for one in before)
    taken_back = not placed or not any(s.kind == "assert" for s in placed[-1].segments)
    if row.status == "retracted" and taken_back and not open_:
        return Stage.UNCHANGED
    return Stage.RECEIVED


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


def _rejection(connection: Connection, topic: str, row: Row[Any]) -> bytes | None:
    """Return the rejection of a record, as it stands in the log."""
    table = tables.rejections
    query = select(table.c.value).where(
        table.c.source_topic == topic,
        table.c.source_partition == row.partition,
        table.c.source_offset == row.offset,
    )
    found: bytes | None = connection.execute(query.limit(1)).scalar()
    return found


def _place(row: Row[Any]) -> tuple[int, int]:
    return row.partition, row.offset


def _on_segment(row: Row[Any]) -> OnSegment:
    return OnSegment(
        segment_id=row.segment_id,
        kind=row.kind,
        observation=RecordRef(topic=OBSERVATIONS.name, partition=row.partition, offset=row.offset),
        folded=row.folded,
    )
