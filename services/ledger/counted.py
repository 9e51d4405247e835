"""What many incidents count as, on which places, and what operators said of pairs of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from schemas.incident import Traffic
from schemas.observation import AssertObservation, Effect, RetractObservation
from schemas.topics import COMMANDS, OBSERVATIONS
from schemas.versions import decode
from services.ledger import tables
from services.ledger.database import reading
from services.ledger.paging import Known, of_traffic

_CHUNK = 1_000
"""How many incidents are asked for at once: fewer than a database takes values in a query."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What an incident counts as on a place of its own, or last did.

    Parameters
    ----------
    place_id
        A segment, or a border as a whole.
    stands
        False once it was withdrawn or moved elsewhere.
    """

    place_id: str
    stands: bool
    effect: Effect


def counted(
    engine: Engine, incident_ids: Sequence[str], traffic: Traffic, known: Known
) -> dict[str, tuple[Counts, ...]]:
    """Return where each incident counts or once did, by its id; what lies nearby is left out."""
    last: dict[str, dict[str, Counts]] = defaultdict(dict)
    for row in _changes(engine, incident_ids, traffic, known):
        change = decode(OBSERVATIONS, row)
        if isinstance(change, AssertObservation):
            found = last[change.effect.incident_id]
            if change.own:
                found[change.segment_id] = Counts(change.segment_id, True, change.effect)
            else:
                found.pop(change.segment_id, None)
        elif isinstance(change, RetractObservation):
            found = last[change.replaces.incident_id]
            if change.segment_id in found:
                found[change.segment_id] = Counts(change.segment_id, False, change.replaces)
    return {name: tuple(found[place] for place in sorted(found)) for name, found in last.items()}


def said_of_pairs(
    engine: Engine, traffic: Traffic, known: Known
) -> Mapping[str, Mapping[tuple[str, str], bool]]:
    """Return by place what operators said last of pairs: True for one event, False for two.

    Of a pair the lower id stands first.
    """
    table = tables.commands
    query = (
        select(table.c.segment_id, table.c.incident_id, table.c.corroborates, table.c.kind)
        .where(
            table.c.kind.in_(("link", "unlink")),
            of_traffic(table, traffic),
            known.has(table, COMMANDS.name),
        )
        .order_by(table.c.partition, table.c.offset)
    )
    found: dict[str, dict[tuple[str, str], bool]] = defaultdict(dict)
    with reading(engine) as connection:
        for row in connection.execute(query):
            one, other = sorted((row.incident_id, row.corroborates))
            found[row.segment_id][one, other] = row.kind == "link"
    return found


def _changes(
    engine: Engine, incident_ids: Sequence[str], traffic: Traffic, known: Known
) -> Iterator[bytes]:
    """Yield the changes to incidents, each incident's in the order of its revisions."""
    seen = tables.observations
    for start in range(0, len(incident_ids), _CHUNK):
        query = (
            select(seen.c.value)
            .where(
                seen.c.incident_id.in_(incident_ids[start : start + _CHUNK]),
                seen.c.kind.in_(("assert", "retract")),
                of_traffic(seen, traffic),
                known.has(seen, OBSERVATIONS.name),
            )
            .order_by(seen.c.cause_offset, seen.c.partition, seen.c.offset)
        )
        with reading(engine) as connection:
            yield from connection.execute(query).scalars()
