"""One incident: all its revisions, where it counts or counted, and what was rejected of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.observation import AssertObservation, Effect, RetractObservation
from schemas.rejection import Rejection
from schemas.topics import INCIDENTS, OBSERVATIONS, REJECTED
from schemas.versions import decode
from services.ledger import rows, tables
from services.ledger.answers import Revision
from services.ledger.database import reading
from services.ledger.paging import Known
from services.ledger.redact import redact
from services.ledger.rejecting import rejects

NOBODY = "0" * 16
"""Stands for the fingerprint of a publisher who is not told."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What an incident counts as on one segment; ``counts`` is False once it no longer does.

    ``nearby_km`` is how far away it lies [km] where that is on another segment, else None.
    """

    segment_id: str
    traffic: Traffic
    counts: bool
    nearby_km: float | None
    since: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is known of one incident; rejections by the record they are of."""

    incident_id: str
    revisions: tuple[Revision, ...]
    effects: tuple[Counted, ...]
    rejections: tuple[tuple[RecordRef, Rejection], ...]


def whole(engine: Engine, incident_id: str, known: Known, *, classified: bool) -> Whole | None:
    """Return an incident, or None where nothing was known of it."""
    said, seen, no = tables.incidents, tables.observations, tables.rejections
    revisions = (
        select(said)
        .where(said.c.incident_id == incident_id, known.has(said, INCIDENTS.name))
        .order_by(said.c.recorded_at, said.c.partition, said.c.offset)
    )
    changes = (
        select(seen)
        .where(
            seen.c.incident_id == incident_id,
            seen.c.kind.in_(("assert", "retract")),
            known.has(seen, OBSERVATIONS.name),
        )
        .order_by(seen.c.cause_offset, seen.c.partition, seen.c.offset)
    )
    refused = (
        select(no)
        .join(said, rejects(no, said, INCIDENTS))
        .where(
            said.c.incident_id == incident_id,
            known.has(said, INCIDENTS.name),
            known.has(no, REJECTED.name),
        )
    )
    with reading(engine) as connection:
        reports = connection.execute(revisions).all()
        effects = connection.execute(changes).all()
        refusals = connection.execute(refused).all()
    if not reports:
        return None
    why = {(r.source_partition, r.source_offset): r for r in refusals}
    return Whole(
        incident_id,
        tuple(_revision(row, why.get((row.partition, row.offset)), classified) for row in reports),
        _counted(effects, classified=classified),
        tuple((_ref(INCIDENTS.name, p, o), decode(REJECTED, r.value)) for (p, o), r in why.items()),
    )


def _revision(row: Row[Any], refusal: Row[Any] | None, classified: bool) -> Revision:
    told = rows.event(row.incident_id, row.value, row.headers).data
    return Revision(
        _ref(INCIDENTS.name, row.partition, row.offset),
        row.recorded_at,
        told if classified else redact(told),
        refusal.reason if refusal else None,
    )


def _counted(changes: Sequence[Row[Any]], *, classified: bool) -> tuple[Counted, ...]:
    """Return the last change on each segment; they come in the order of revisions."""
    shown = _told if classified else _anonymous
    last: dict[tuple[str, Traffic], Counted] = {}
    for row in changes:
        change = decode(OBSERVATIONS, row.value)
        here, since = (change.segment_id, change.traffic), row.recorded_at
        if isinstance(change, AssertObservation):
            last[here] = Counted(*here, True, change.nearby_km, since, shown(change.effect))
        elif isinstance(change, RetractObservation):
            last[here] = Counted(*here, False, None, since, shown(change.replaces))
    return tuple(last[here] for here in sorted(last))


def _told(effect: Effect) -> Effect:
    return effect


def _anonymous(effect: Effect) -> Effect:
    """Return an effect that says nothing of who reported.

    A fingerprint is no secret: whoever guesses the name of a source or publisher can compute it.
    """
    return effect.model_copy(update={"publisher": NOBODY, "sources": ()})


def _ref(topic: str, partition: int, offset: int) -> RecordRef:
    return RecordRef(topic=topic, partition=partition, offset=offset)
