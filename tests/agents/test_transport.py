"""The transport between aiokafka and Faust: what is wanted, tracked, committed and resumed."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from faust.types import TP

from services.risk import batches
from services.risk.batches import Batch
from services.risk.transport import Consumer
from tests.agents.fakes import batch, record

MANY, SINGLE, CHANGELOG = TP("many", 0), TP("single", 0), TP("t-table-changelog", 0)


class Watched(Consumer):
    """Has all partitions, and keeps what it commits."""

    committed: dict[TP, int]

    def assignment(self) -> set[TP]:
        return {MANY, SINGLE}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        self.committed.update(offsets)
        return True


@pytest.fixture
async def consumer(tmp_path: Path) -> AsyncIterator[Watched]:
    app = faust.App("t", broker="forewarn://127.0.0.1:1", store="fenced://", datadir=str(tmp_path))
    app.Table("table", partitions=1)
    app.topics.add(batches.topic(app, "many"))
    app.topics.add(app.topic("single"))
    app.topics.acking_topics.update({"many", "single"})

    async def nothing(*_: Any) -> None:
        return None

    app.producer.flush = nothing  # type: ignore[method-assign]
    found = Watched(app.transport, nothing, nothing, nothing)
    found.committed = {}
    found.batched = batches.asked_for(app)
    app._consumer = found
    yield found
    found._thread.thread_loop.close()


def given(consumer: Watched, one: Batch) -> Any:
    """Return the message of a batch that an agent gets."""
    message = consumer._to_message(MANY, one)
    message.incref()
    consumer.track_message(message)
    return message


async def test_a_batch_is_a_message_at_the_offset_of_its_first_record(consumer: Watched) -> None:
    one = batch(b"a", None, start=7)
    message = consumer._to_message(MANY, one)
    assert (message.topic, message.partition, message.offset) == ("many", 0, 7)
    assert message.value is one  # type: ignore[comparison-overlap]
    assert message.key is None
    assert message.headers is None
    assert message.timestamp == one[0].timestamp / 1000


async def test_what_is_no_record_is_committed_with_what_lies_before_it(
    consumer: Watched,
) -> None:
    consumer.note_empty({MANY: 7}, {MANY: 7}, {})
    consumer.note_empty({MANY: 5}, {MANY: 7}, {MANY})
    consumer.note_empty({}, {MANY: 7}, {})
    one = given(consumer, batch(b"a", b"b", start=7))
    one.ack(consumer)
    await consumer.commit()
    assert consumer.committed == {MANY: 9}
    consumer.note_empty({MANY: 9}, {MANY: 10}, {})
    consumer.note_empty({MANY: 10}, {MANY: 12}, {})
    await consumer.commit()
    assert consumer.committed == {MANY: 12}
    consumer.note_empty({MANY: 15}, {MANY: 16}, {})
    await consumer.commit()
    assert consumer.committed == {MANY: 12}, "what lies before it is not done"


async def test_the_end_of_a_batch_is_committed_once_it_is_acknowledged(consumer: Watched) -> None:
    first = given(consumer, batch(b"a", b"b", start=7))
    second = given(consumer, batch(b"c", start=9))
    await consumer.commit()
    assert consumer.committed == {}
    second.ack(consumer)
    await consumer.commit()
    assert consumer.committed == {}, "the first is still in hand"
    first.ack(consumer)
    await consumer.commit()
    assert consumer.committed == {MANY: 10}
    assert not consumer.unacked


async def test_what_an_agent_has_not_settled_is_not_committed(consumer: Watched) -> None:
    one = batch(b"a", b"b", b"c", start=7)
    message = given(consumer, one)
    one.settle(2)
    message.ack(consumer)
    given(consumer, batch(b"d", start=10)).ack(consumer)
    await consumer.commit()
    assert consumer.committed == {MANY: 9}


async def test_other_topics_come_and_are_committed_record_by_record(consumer: Watched) -> None:
    for offset in (3, 4):
        message = consumer._to_message(SINGLE, record(offset, b"x"))
        assert message.value == b"x"
        message.topic, message.tp = "single", SINGLE
        message.incref()
        message.ack(consumer)
    await consumer._add_gap(SINGLE, 5, 6)
    assert consumer._gap[SINGLE]
    await consumer.commit()
    assert consumer.committed == {SINGLE: 5}


async def test_what_lies_between_the_first_records_of_batches_is_no_gap(consumer: Watched) -> None:
    await consumer._add_gap(MANY, 1, 100_000)
    assert not consumer._gap[MANY]


async def test_a_revoked_partition_is_committed_up_to_what_was_in_hand(consumer: Watched) -> None:
    done, in_hand = given(consumer, batch(b"a")), given(consumer, batch(b"b", start=1))
    given(consumer, batch(b"c", start=2))
    done.ack(consumer)

    async def waits_for_agents(_: set[TP]) -> None:
        assert MANY not in consumer._acked, "Faust has forgotten"
        in_hand.ack(consumer)
        await consumer.commit()

    consumer._on_partitions_revoked = waits_for_agents
    await consumer.on_partitions_revoked({MANY})
    assert consumer.committed == {MANY: 2}
    # Whoever has it meanwhile may be further: nothing of before is committed again.
    consumer.committed.clear()
    consumer._committed_offset.clear()
    await consumer.commit()
    assert consumer.committed == {}


async def test_reading_waits_as_a_whole_where_batches_wait(consumer: Watched) -> None:
    consumer.app.in_recovery = False
    consumer._active_partitions = {MANY, SINGLE}
    consumer.on_buffer_full(MANY)
    consumer.on_buffer_full(SINGLE)
    assert consumer._active_partitions == {MANY}
    consumer.on_buffer_drop(MANY)
    consumer.on_buffer_drop(SINGLE)
    assert consumer._active_partitions == {MANY, SINGLE}


async def test_records_are_read_once_the_flow_goes_on_and_changelogs_at_once(
    consumer: Watched,
) -> None:
    consumer.resume_partitions({MANY, SINGLE, CHANGELOG})
    assert consumer._active_partitions == {CHANGELOG}
    consumer.pause_partitions({SINGLE})
    consumer.resume_flow()
    assert consumer._active_partitions == {CHANGELOG, MANY}
    consumer.pause_partitions({MANY})
    consumer.resume_flow()
    assert consumer._active_partitions == {CHANGELOG}


class Fetched:
    """A cluster's answers that wait in aiokafka: records of one partition each."""

    def __init__(self, *tps: TP, end: int) -> None:
        states = {tuple(tp): _State() for tp in tps}
        there = SimpleNamespace(
            active=True,
            state_value=lambda tp: states[tuple(tp)],
            tps={TopicPartition(*tp) for tp in states},
        )
        subscriptions = SimpleNamespace(
            reassignment_in_progress=False,
            is_assigned=lambda _: True,
            fetch_context=_Context,
            subscription=SimpleNamespace(assignment=there),
        )
        self._fetcher = Fetcher.__new__(Fetcher)
        self._fetcher._subscriptions = subscriptions
        self._fetcher._closed = True
        self._fetcher._records = {
            TopicPartition(*tp): FetchResult(
                tp, assignment=there, partition_records=_Records(end), backoff=0
            )
            for tp in tps
        }
        self._fetcher._notify = lambda _: None
        self._fetcher._wait_consume_future = None
        self._subscription, self._closed = subscriptions, False

    @property
    def left(self) -> set[TopicPartition]:
        return set(self._fetcher._records)


class _State:
    paused = False
    position = 0
    has_valid_position = True

    def consumed_to(self, position: int) -> None:
        self.position = position


class _Context:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Records:
    """Two records, or none, and the end of a transaction after them."""

    def __init__(self, end: int) -> None:
        self.next_fetch_offset = 0
        self._end = end

    def __iter__(self) -> Any:
        if self._end > 1:
            yield from (record(0, b"a"), record(1, b"b"))
        self.next_fetch_offset = self._end


async def fetched(consumer: Watched, cluster: Fetched, active: set[TP]) -> Mapping[TP, list[Any]]:
    cluster._fetcher._closed = False
    thread: Any = consumer._thread
    found: Mapping[TP, list[Any]] = await thread._fetch_records(cluster, active, 0)
    return found


async def test_a_fetch_gives_batches_to_those_that_asked_and_records_to_others(
    consumer: Watched,
) -> None:
    found = await fetched(consumer, Fetched(MANY, SINGLE, end=2), {MANY, SINGLE})
    ((one,), others) = found[MANY], found[SINGLE]
    assert ([r.value for r in one], one.end) == ([b"a", b"b"], 2)
    assert [r.value for r in others] == [b"a", b"b"]


async def test_a_batch_ends_after_what_is_no_record(consumer: Watched) -> None:
    ((one,),) = (await fetched(consumer, Fetched(MANY, end=5), {MANY})).values()
    assert (one[-1].offset, one.end) == (1, 5)


async def test_a_fetch_that_finds_no_record_is_no_batch_and_counts_as_done(
    consumer: Watched,
) -> None:
    consumer._committed_offset[MANY] = 0
    assert await fetched(consumer, Fetched(MANY, SINGLE, end=1), {MANY, SINGLE}) == {}
    await consumer.commit()
    assert consumer.committed == {MANY: 1}


async def test_what_nobody_wants_any_more_is_left_where_it_is(consumer: Watched) -> None:
    cluster = Fetched(MANY, SINGLE, end=2)
    assert await fetched(consumer, cluster, set()) == {}
    assert cluster.left == {TopicPartition(*MANY), TopicPartition(*SINGLE)}


async def test_few_batches_wait_for_an_agent_so_that_the_next_can_be_large(
    consumer: Watched,
) -> None:
    many = next(topic for topic in consumer.app.topics if "many" in topic.topics)
    queue = many.clone(is_iterator=True).queue
    for _ in range(batches.WAITING):
        assert not queue.full()
        queue.put_nowait(None)
    assert queue.full()


async def test_what_agents_have_passed_does_not_come_again_with_what_is_new(
    consumer: Watched,
) -> None:
    """Faust drops a batch whose first record it has had, with all that is new in it."""
    consumer._read_offset[MANY] = 1
    ((one,),) = (await fetched(consumer, Fetched(MANY, end=2), {MANY})).values()
    assert ([r.value for r in one], one.first, one.end) == ([b"b"], 1, 2)
    consumer._read_offset[MANY] = 2
    assert await fetched(consumer, Fetched(MANY, end=2), {MANY}) == {MANY: []}
