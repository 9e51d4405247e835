"""Faust's Kafka transport: batches, a fetch that answers soon, any header, tables whole."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from faust.types.transports import TPorTopicSet

from services import clients, log
from services.risk import batches
from services.risk.batches import Batch
from services.risk.inflight import InFlight
from services.settings import FETCH_WAIT_MS

SCHEME = "forewarn"
"""The scheme of broker URLs that stands for this transport in Faust's registry."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads as Faust does, but gives what a fetch had in batches where a topic asks for them."""

    shutdown_timeout = 5.0
    """How long a broker that is gone may hold up the end of the worker [s]."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        clients.mend()
        return _answering_soon(super()._create_worker_consumer(transport))

    async def _fetch_records(
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP] | None,
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> RecordMap:
        wanted = cast(set[TP], _Wanted(active_partitions))
        mine = cast(Consumer, self.consumer)
        before = _positions(consumer, mine.batched)
        found = await super()._fetch_records(consumer, wanted, timeout, max_records)
        # Nothing is awaited between the fetch and here: positions are those after it.
        after = _positions(consumer, mine.batched)
        mine.note_empty(before, after, found)
        return {
            tp: list(batches.cut(mine.not_passed(tp, records), _end(after, tp, records)))
            if tp.topic in mine.batched
            else records
            for tp, records in found.items()
        }

    async def _highwaters(self, partitions: Sequence[TP]) -> Mapping[TP, int]:
        """Return where changelogs end, by a consumer of its own: tables are restored up to there.

        What a broker answers when it is asked is not enough, see ``services.log.ends``.
        """
        places = [TopicPartition(*tp) for tp in partitions]
        if not places:
            return {}
        transport = cast(driver.Transport, self.transport)
        consumer = _answering_soon(self._create_client_consumer(transport))
        await consumer.start()
        try:
            found = await log.ends(consumer, places)
        finally:
            await consumer.stop()
        return {TP(*tp): end for tp, end in found.items()}


class _Wanted:
    """The partitions that are wanted, none of them included.

    While a fetch waits Faust may take the last one away. aiokafka takes an empty set for all that
    there are, and what Faust had not wanted it then drops: it would not be read again.
    """

    def __init__(self, partitions: Container[TP] | None) -> None:
        self._partitions = partitions

    def __bool__(self) -> bool:
        return True

    def __contains__(self, tp: object) -> bool:
        # A client without a group has no such set, and wants whatever comes.
        return self._partitions is None or tp in self._partitions


def _answering_soon(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    # Faust fixes this at 1.5 s and offers no setting for it.
    consumer._fetch_max_wait_ms = FETCH_WAIT_MS
    return consumer


def _positions(consumer: AIOKafkaConsumer, topics: Container[str]) -> dict[TP, int]:
    """Return where the next fetch of each partition begins: it also passes what is no record."""
    subscription = consumer._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return {}
    assignment = subscription.assignment
    states = {tp: assignment.state_value(tp) for tp in assignment.tps if tp.topic in topics}
    return {TP(*tp): s.position for tp, s in states.items() if s and s.has_valid_position}


def _end(positions: Mapping[TP, int], tp: TP, records: Sequence[ConsumerRecord]) -> int:
    last: int = records[-1].offset
    return max(last + 1, positions.get(tp, 0))


class Consumer(driver.Consumer):
    """Commits a batch's end once it is acknowledged, and nothing that comes after one that is not.

    Faust knows a batch by the offset of its first record; how far it reaches is noted here.
    """

    batched: frozenset[str] = frozenset()
    """The topics that are read in batches; all others come record by record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._in_flight: defaultdict[TP, InFlight] = defaultdict(InFlight)
        self._empty: dict[TP, tuple[int, int]] = {}
        self._to_resume: set[TP] = set()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe to ``topics``, some of which agents may want in batches."""
        self.batched = batches.asked_for(self.app)
        await super().subscribe(topics)

    def not_passed(self, tp: TP, records: Sequence[ConsumerRecord]) -> Sequence[ConsumerRecord]:
        """Return ``records`` without those that agents have passed.

        A new leader that lacks an offset lets the client begin anew at the partition's beginning.
        Faust drops what begins too early, a batch as a whole, with all that is new in it.
        """
        read = self._read_offset.get(tp) or 0
        return records if records[0].offset >= read else [r for r in records if r.offset >= read]

    def note_empty(
        self, before: Mapping[TP, int], after: Mapping[TP, int], found: Container[TP]
    ) -> None:
        """Note where one fetch has found offsets that are no records, and nothing else.

        A transaction's marker at the end of a partition would else never count as done.
        """
        for tp in before.keys() & after.keys():
            if tp not in found and before[tp] < after[tp]:
                first, end = self._empty.get(tp, (before[tp], before[tp]))
                self._empty[tp] = first if end == before[tp] else before[tp], after[tp]

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Batch):
            return super()._to_message(tp, record)
        self._in_flight[tp].give(record)
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record.first,
            record[0].timestamp / 1000,
            record[0].timestamp_type,
            headers=None,
            key=None,
            value=cast(Any, record),
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self.batched:
            return super()._new_offset(tp)
        found = self._in_flight[tp]
        found.acknowledge(self._acked[tp])
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        if (empty := self._empty.get(tp)) is not None:
            found.pass_over(*empty, self._committed_offset[tp])
        return found.done

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        for tp in {*self._acked, *self._in_flight, *self._empty}:
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        # What lies between the first records of two batches is in the first one, or is no record.
        if tp.topic not in self.batched:
            await super()._add_gap(tp, offset_from, offset_to)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what has been done and what agents still have in hand, then forget the rest."""
        for tp in revoked:
            # Faust forgets acknowledgements before it waits for the agents and commits.
            self._new_offset(tp)
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._in_flight.pop(tp, None)
            self._empty.pop(tp, None)

    # Once tables are restored Faust resumes all other partitions, seeks them to where they were
    # committed, and then empties the queues as it lets the flow go on. What it has read of them
    # meanwhile would be lost.
    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Read from ``tps`` again: from changelogs at once, from others when the flow goes on."""
        later = {tp for tp in tps if not self._is_changelog_tp(tp)}
        self._to_resume |= later
        super().resume_partitions(set(tps) - later)

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Read from ``tps`` no more."""
        self._to_resume -= set(tps)
        super().pause_partitions(tps)

    def resume_flow(self) -> None:
        """Let the flow go on, with what was to be resumed."""
        super().resume_flow()
        resumed, self._to_resume = self._to_resume, set()
        super().resume_partitions(resumed)

    # Few batches wait for an agent, so that reading waits for it as a whole. Faust's other way,
    # not to ask for the partition for a while, ends in a pause of a second when no other is left.
    def on_buffer_full(self, tp: TP) -> None:
        """Take no notice where a batch waits: the next one does."""
        if tp.topic not in self.batched:
            super().on_buffer_full(tp)

    def on_buffer_drop(self, tp: TP) -> None:
        """See ``on_buffer_full``."""
        if tp.topic not in self.batched:
            super().on_buffer_drop(tp)


class Transport(driver.Transport):
    """The transport that Faust finds by ``SCHEME``."""

    Consumer = Consumer
