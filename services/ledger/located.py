"""Where incidents count: the last change of each on each segment says so."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, or_, select, true

from schemas.incident import Traffic
from schemas.topics import OBSERVATIONS
from services.ledger import tables
from services.ledger.paging import Known, of_traffic


@dataclass(frozen=True, slots=True)
class Area:
    """A segment, a border with its segments, both, or anywhere."""

    segment_id: str | None = None
    border_id: str | None = None


ANYWHERE = Area()


def located(
    said: FromClause, status: ColumnElement[str], area: Area, traffic: Traffic, known: Known
) -> ColumnElement[bool]:
    """Tell whether an incident counts where it is asked for."""
    seen = tables.observations.alias("seen")
    here = [seen.c.incident_id == said.c.incident_id, of_traffic(seen, traffic)]
    if area.segment_id is not None:
        here.append(seen.c.segment_id == area.segment_id)
    if (border := area.border_id) is not None:
        # A range in place of LIKE: an index can seek it, and no letter has a meaning of its own.
        of_border = and_(seen.c.segment_id > f"{border}-", seen.c.segment_id < f"{border}.")
        here.append(or_(seen.c.segment_id == border, of_border))
    if len(here) == 2:
        return true()
    ever = and_(*here, seen.c.own.is_(True), known.has(seen, OBSERVATIONS.name))
    stands = exists().where(ever, ~moved(seen, known))
    return or_(stands, and_(status == "retracted", exists().where(ever)))


def moved(seen: FromClause, known: Known) -> ColumnElement[bool]:
    """Tell whether a later change of the same incident on the same segment was known.

    Causes are in the order of the incident's revisions; a change may be written twice.
    """
    change = tables.observations.alias("change")
    return exists().where(
        change.c.incident_id == seen.c.incident_id,
        change.c.segment_id == seen.c.segment_id,
        change.c.traffic == seen.c.traffic,
        change.c.kind.in_(("assert", "retract")),
        known.has(change, OBSERVATIONS.name),
        or_(
            change.c.cause_offset > seen.c.cause_offset,
            and_(
                change.c.cause_offset == seen.c.cause_offset,
                change.c.partition == seen.c.partition,
                change.c.offset > seen.c.offset,
            ),
        ),
    )


def where(
    connection: Connection, incident_ids: Sequence[str], known: Known
) -> dict[tuple[str, str], list[str]]:
    """Return the segments that each incident counts on, by its id and kind of traffic."""
    seen = tables.observations.alias("seen")
    query = (
        select(seen.c.incident_id, seen.c.traffic, seen.c.segment_id)
        .where(
            seen.c.incident_id.in_(incident_ids),
            seen.c.own.is_(True),
            known.has(seen, OBSERVATIONS.name),
            ~moved(seen, known),
        )
        .distinct()
        .order_by(seen.c.segment_id)
    )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.incident_id, row.traffic].append(row.segment_id)
    return found
