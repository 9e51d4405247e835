"""Gives back the log that a ledger was filled from, record by record."""

from collections.abc import AsyncIterator, Mapping

import orjson
from sqlalchemy import Engine, Row, select

from schemas.base import RecordRef
from schemas.topics import INCIDENTS, Topic
from services.ledger import tables
from services.ledger.database import reading
from services.log import BATCH, Offsets
from services.records import Delivery


class Source:
    """Reads topics from the ledger as ``services.log.Reader`` does from the cluster.

    Reports that could not be read are not in it: they stand in ``incidents.rejected`` alone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ends(self, topic: Topic) -> Offsets:
        """Return the next offset of each partition that the ledger has read."""
        at = tables.offsets
        query = select(at.c.partition, at.c.next_offset).where(at.c.topic == topic.name)
        with reading(self._engine) as connection:
            return {r.partition: r.next_offset for r in connection.execute(query)}

    async def read(self, topic: Topic, until: Mapping[int, int]) -> AsyncIterator[list[Delivery]]:
        """Yield the records below ``until``, each partition's in order, in batches."""
        table = tables.OF_TOPIC[topic.name]
        for partition, end in until.items():
            start = -1
            while True:
                query = (
                    select(table)
                    .where(
                        table.c.partition == partition,
                        table.c.offset > start,
                        table.c.offset < end,
                    )
                    .order_by(table.c.offset)
                    .limit(BATCH)
                )
                with reading(self._engine) as connection:
                    found = connection.execute(query).all()
                if not found:
                    break
                start = found[-1].offset
                yield [_delivery(topic, row) for row in found]


def _delivery(topic: Topic, row: Row[tuple[object, ...]]) -> Delivery:
    values = row._mapping
    ref = RecordRef(topic=topic.name, partition=values["partition"], offset=values["offset"])
    # Of the keys only that of a report matters: it is held against the report.
    key = values["incident_id"].encode() if topic is INCIDENTS else None
    packed = orjson.loads(values["headers"]) if "headers" in values else []
    headers = tuple((name, text.encode("latin-1")) for name, text in packed)
    return Delivery(ref, key, values["value"], headers, values["recorded_at"])
