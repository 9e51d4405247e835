"""A topic of alerts in memory, of several partitions, that fills a read model."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.alert import Alert
from schemas.base import RecordRef
from schemas.topics import ALERTS
from services import records
from services.gateway.following.position import Position
from services.ledger.rows import row
from services.ledger.store import Batch, Store
from services.records import Delivery, partition_of
from tests.builders import NOON
from tests.ledger.builders import alert

PARTITIONS = 4
PLACES = [(ALERTS.name, p) for p in range(PARTITIONS)]


def segment(number: int) -> str:
    """Return a segment of the border that tests watch."""
    return f"KGZ-TJK-050-{number:02}"


def told(sequence: int, number: int = 2, at: datetime = NOON, **fields: Any) -> Alert:
    """Return a transition of the one alert on a segment."""
    content = {"alert_id": f"{segment(number)}:A", "segment_id": segment(number), **fields}
    return alert(sequence, at, **content)


class Written:
    """The records of each partition; ``write`` brings the read model further."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.records: list[list[Delivery]] = [[] for _ in PLACES]
        store.begin(PLACES)

    def add(self, *alerts: Alert) -> None:
        """Append alerts to the log, each to the partition of its segment."""
        for one in alerts:
            record = records.alert(one)
            partition = partition_of(record.key or b"", PARTITIONS)
            there = self.records[partition]
            ref = RecordRef(topic=ALERTS.name, partition=partition, offset=len(there))
            there.append(Delivery(ref, record.key, record.value, (), one.recorded_at))

    def write(self, most: int = 10**9, partitions: Iterable[int] = range(PARTITIONS)) -> None:
        """Write at most ``most`` more records of each partition to the read model."""
        at = self.store.offsets()
        batches = []
        for p in partitions:
            start = at[ALERTS.name, p]
            taken = self.records[p][start : start + most]
            if taken:
                made = tuple(m for r in taken if (m := row(r)) is not None)
                batches.append(Batch(ALERTS.name, p, start, start + len(taken), made))
        self.store.write(batches)

    def put(self, *alerts: Alert) -> None:
        """Append alerts and write all that there is."""
        self.add(*alerts)
        self.write()

    def partition(self, one: Alert) -> int:
        """Return where the alerts of a segment are."""
        return partition_of(one.segment_id.encode(), PARTITIONS)

    def end(self) -> Position:
        """Return the position of who has read all that the read model has."""
        at = self.store.offsets()
        return Position.of({p: at[ALERTS.name, p] for p in range(PARTITIONS)})

    def lose(self, partition: int, first: int) -> None:
        """Let the log begin at ``first`` for a read model that is not there yet."""
        place = (ALERTS.name, partition)
        self.store.pass_over(self.store.offsets(), {place: first})
