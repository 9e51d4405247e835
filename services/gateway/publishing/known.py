"""What is known of revisions: by the read model, and by what this gateway has sent lately."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import DBAPIError

from models.domain.revisions import digest_of
from schemas.base import RecordRef
from schemas.incident import Traffic
from schemas.topics import INCIDENTS
from services.gateway.parts import Parts
from services.ledger import rows, tables
from services.ledger.database import reading, reason
from services.ledger.rejecting import rejects

log = structlog.get_logger(__name__)

IDS_AT_ONCE = 500
"""How many incidents one query asks for."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision that counts or has counted: its content's digest, and where it stands.

    ``record`` is None while the log has not yet said where.
    """

    digest: str
    traffic: Traffic
    record: RecordRef | None


Revisions = Mapping[int, Revision]


async def of(parts: Parts, incident_id: str) -> Revisions:
    """Return the revisions of an incident.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        The read model is away, so that nobody can tell.
    """
    found = await asyncio.to_thread(in_ledger, parts.ledger, [incident_id])
    now = parts.clock().timestamp()
    mine = {
        n: Revision(sent.digest, sent.traffic, sent.record)
        for n, sent in parts.recent.of(incident_id, now).items()
    }
    return mine | found.get(incident_id, {})


async def by_ledger(parts: Parts, ids: Collection[str]) -> Mapping[str, Revisions]:
    """Return what the read model knows; nothing while it is away, since publishing goes on."""
    try:
        return await asyncio.to_thread(in_ledger, parts.ledger, ids)
    except DBAPIError as error:
        log.warning("the read model is away; a resend may be written again", reason=reason(error))
        return {}


def in_ledger(engine: Engine, ids: Collection[str]) -> dict[str, dict[int, Revision]]:
    """Return the revisions that the read model has of some incidents.

    Without those that were rejected or set aside: they may be sent again to be placed again.
    """
    table, refused = tables.incidents, tables.rejections
    found: dict[str, dict[int, Revision]] = defaultdict(dict)
    wanted = list(ids)
    with reading(engine) as connection:
        for start in range(0, len(wanted), IDS_AT_ONCE):
            query = (
                select(table)
                .where(table.c.incident_id.in_(wanted[start : start + IDS_AT_ONCE]))
                .where(~exists().where(rejects(refused, table, INCIDENTS)))
                .order_by(table.c.partition, table.c.offset)
            )
            for row in connection.execute(query):
                incident = rows.event(row.incident_id, row.value, row.headers).data
                record = RecordRef(topic=INCIDENTS.name, partition=row.partition, offset=row.offset)
                revision = Revision(digest_of(incident), incident.traffic, record)
                found[row.incident_id].setdefault(row.revision, revision)
    return dict(found)
