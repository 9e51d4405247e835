"""Replays the log in process and holds everything that is kept against it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field

from models.engine import Engine
from schemas.base import RecordRef
from schemas.topics import (
    ALERTS,
    ASSESSMENTS,
    COMMANDS,
    INCIDENTS,
    OBSERVATIONS,
    REJECTED,
    TOPICS,
    Topic,
)
from services.records import Delivery, partition_of
from services.risk.fence import Fence
from services.risk.handled import Handled, changes_of
from services.risk.handlers import Assessing, Handler, Locating, Obeying
from services.risk.tables import INCIDENTS_TABLE, SEGMENTS_TABLE, record_key, store
from services.truth.kept import Kept
from services.truth.published import Difference, Published

DERIVED: tuple[Topic, ...] = (REJECTED, OBSERVATIONS, ASSESSMENTS, ALERTS)
"""What follows from other records; ticks alone stand in ``observations`` by themselves."""

SHOWN = 20
"""Most differences of one kind that are kept: the first ones tell the story."""


@dataclass
class Verdict:
    """What was compared, and the first differences in the order of the log.

    ``unrecalled`` counts the assessments by models that are not at hand, by why they are not.
    """

    records: dict[str, int] = field(default_factory=dict)
    states: int = 0
    pending: int = 0
    repeats: int = 0
    differences: list[Difference] = field(default_factory=list)
    unrecalled: Counter[str] = field(default_factory=Counter)

    @property
    def first(self) -> Difference | None:
        """Return the first record at which what is kept and the log part."""
        order = {t.name: n for n, t in enumerate(TOPICS)}

        def place(found: Difference) -> tuple[int, int, int]:
            record = found.record
            return order.get(record.topic, len(order)), record.offset, record.partition

        return min(self.differences, key=place, default=None)


class Replay:
    """The replay of one topic: its own table, and the worker's that it is held against."""

    def __init__(
        self,
        handler: Handler,
        topic: Topic,
        name: str | None = None,
        partition: Callable[[bytes], int] = lambda _key: 0,
    ) -> None:
        self.topic = topic
        self.name = name
        self.table: dict[bytes, bytes] = {}
        self.kept: dict[bytes, bytes] = {}
        self.fence = Fence()
        self.check = Kept(self.kept, topic.name, partition)
        self._handler = handler

    def handle(self, batch: Sequence[Delivery]) -> list[Handled]:
        """Return what comes of a batch."""
        return self._handler.handle(batch, self.table)

    def held(self, record: RecordRef, handled: Handled) -> Iterable[Difference]:
        """Compare the state that ``record`` moved, if that is where the kept one stands."""
        return self.check.after(record, handled.states[-1]) if handled.states else ()

    def store(self, found: Sequence[Handled]) -> None:
        """Keep what came of a batch."""
        store(changes_of(found), self.table)


class Verification:
    """One run: first everything that is published and kept is taken in, then the log is replayed.

    Parameters
    ----------
    committed
        How far the workers have come, by topic name and partition: what lies beyond may still be
        missing from what is kept, and nothing else may.
    topics
        The derived topics that are compared.
    tables
        False where no worker's tables are at hand.
    """

    def __init__(
        self,
        engine: Engine,
        committed: Mapping[str, Mapping[int, int]],
        partitions: int,
        topics: Collection[Topic] = DERIVED,
        *,
        tables: bool = True,
    ) -> None:
        self.verdict = Verdict()
        self._committed = committed
        self._published = {topic.name: Published() for topic in topics}
        self._tables = tables

        def of_incident(key: bytes) -> int:
            return partition_of(key, partitions)

        def of_segment(key: bytes) -> int:
            return partition_of(record_key(key), partitions)

        self._replays = {
            INCIDENTS.name: Replay(Locating(engine), INCIDENTS, INCIDENTS_TABLE, of_incident),
            COMMANDS.name: Replay(Obeying(engine), COMMANDS),
            OBSERVATIONS.name: Replay(Assessing(engine), OBSERVATIONS, SEGMENTS_TABLE, of_segment),
        }

    def table(self, name: str, batch: Sequence[Delivery]) -> None:
        """Take in changes of a worker's table."""
        for replay in self._replays.values():
            if replay.name == name:
                apply(batch, replay.kept, replay.fence)

    def published(self, batch: Sequence[Delivery]) -> None:
        """Take in records of a derived topic."""
        for delivery in batch:
            self._published[delivery.ref.topic].add(delivery.ref, delivery.value or b"")

    def replay(self, batch: Sequence[Delivery]) -> None:
        """Handle records as the worker did, and compare what comes of each."""
        if not batch:
            return
        replay = self._replays[batch[0].ref.topic]
        found = replay.handle(batch)
        for delivery, handled in zip(batch, found, strict=True):
            self._count(delivery.ref.topic)
            self._compare(delivery, handled)
            self._note(replay.held(delivery.ref, handled))
        replay.store(found)

    def conclude(self) -> Verdict:
        """Return the verdict once everything has been replayed."""
        verdict = self.verdict
        for published in self._published.values():
            verdict.repeats += published.repeats
            self._note(published.contradictions)
            self._note(published.unmet())
        for replay in self._replays.values() if self._tables else ():
            verdict.states += replay.check.agreed
            self._note(replay.check.rest(replay.table))
            committed = self._committed.get(replay.topic.name, {})
            self._note(replay.check.missing(replay.table, committed))
        return verdict

    def _compare(self, delivery: Delivery, handled: Handled) -> None:
        for expected in handled.outgoing:
            if expected.topic.name not in self._published:
                continue
            found = self._published[expected.topic.name].meet(expected.topic.name, expected.value)
            if found is not None and self._is_pending(delivery.ref):
                self.verdict.pending += 1
            elif found is not None:
                self._note([found])

    def _is_pending(self, ref: RecordRef) -> bool:
        return ref.offset >= self._committed.get(ref.topic, {}).get(ref.partition, 0)

    def _count(self, topic: str) -> None:
        self.verdict.records[topic] = self.verdict.records.get(topic, 0) + 1

    def _note(self, found: Iterable[Difference]) -> None:
        for difference in found:
            same = sum(d.kind is difference.kind for d in self.verdict.differences)
            if same < SHOWN:
                self.verdict.differences.append(difference)


def apply(batch: Sequence[Delivery], table: MutableMapping[bytes, bytes], fence: Fence) -> None:
    """Apply the records of a changelog to ``table``; ``fence`` has seen those before them."""
    for delivery in batch:
        place, key = delivery.ref, delivery.key
        if key is None or not fence.passes(place.partition, place.offset, key, delivery.headers):
            continue
        if delivery.value is None:
            table.pop(key, None)
        else:
            table[key] = delivery.value
