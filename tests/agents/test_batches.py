"""Batches: how a fetch is cut, and up to where a partition counts as done."""

from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from services.risk import batches
from services.risk.batches import Batch, asked_for, cut
from services.risk.inflight import InFlight
from tests.agents.fakes import batch, record


def spread(*offsets: int) -> Batch:
    """Return a batch of records at these offsets."""
    return Batch([record(offset, b"x") for offset in offsets], offsets[-1] + 1)


def test_a_fetch_is_cut_at_the_most_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 3)
    # Offsets jump where records were compacted away, or a transaction ends.
    found = list(cut([record(n, b"x") for n in (2, 3, 7, 9, 11, 12, 20)], end=25))
    assert [[r.offset for r in one] for one in found] == [[2, 3, 7], [9, 11, 12], [20]]
    assert [(one.first, one.end, len(one)) for one in found] == [(2, 9, 3), (9, 20, 3), (20, 25, 1)]


def test_a_fetch_is_cut_at_the_most_bytes_and_a_larger_record_stands_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BYTES", 100)
    sizes = (40, 40, 40, 500, 10, None)
    records = [record(n, None if s is None else b"x" * s, key=b"") for n, s in enumerate(sizes)]
    records.append(record(6, b"", key=None, headers=[("n" * 60, b"v" * 40)]))
    found = [[r.offset for r in one] for one in cut(records, end=7)]
    assert found == [[0, 1], [2], [3], [4, 5], [6]]


def test_an_empty_fetch_is_no_batch() -> None:
    assert list(cut([], end=5)) == []


def test_a_batch_is_a_sequence_of_its_records() -> None:
    one = batch(b"a", None, b"c", start=5)
    assert [r.value for r in one] == [b"a", None, b"c"]
    assert (one[1].offset, len(one[1:]), one.first, one.end, one.settled) == (6, 2, 5, 8, 8)


@pytest.mark.parametrize(("count", "settled"), [(0, 2), (1, 7), (2, 9), (3, 12)])
def test_what_is_not_settled_of_a_batch_is_read_again(count: int, settled: int) -> None:
    one = Batch([record(n, b"x") for n in (2, 7, 9)], end=12)
    one.settle(count)
    assert one.settled == settled


def test_a_partition_is_done_up_to_the_end_of_its_last_batch() -> None:
    found = InFlight()
    found.give(spread(3, 4, 9))
    assert found.done is None
    found.acknowledge([3])
    assert found.done == 10


def test_nothing_after_a_batch_in_hand_counts_as_done() -> None:
    found = InFlight()
    for one in (spread(0, 1), spread(2, 3), spread(4)):
        found.give(one)
    found.acknowledge([4, 0])
    assert found.done == 2
    found.acknowledge([2])
    assert found.done == 5


def test_nothing_after_a_batch_that_was_done_in_part_counts_as_done() -> None:
    found, cut_short = InFlight(), spread(0, 1, 2)
    found.give(cut_short)
    found.give(spread(3, 4))
    cut_short.settle(1)
    found.acknowledge([0, 3])
    assert found.done == 1


def test_what_is_read_again_takes_the_place_of_what_was() -> None:
    found = InFlight()
    for one in (spread(0, 1), spread(2, 3), spread(4, 5)):
        found.give(one)
    found.acknowledge([0, 4])
    found.give(spread(2, 3, 4))
    assert found.done == 2
    found.acknowledge([4])
    assert found.done == 2, "the acknowledgement of what was there before"
    found.acknowledge([2])
    assert found.done == 5


def test_what_is_no_record_is_passed_once_all_before_it_is_done() -> None:
    found = InFlight()
    found.pass_over(0, 1, committed=None)
    assert found.done is None, "nobody knows what was done before"
    found.pass_over(7, 9, committed=5)
    assert found.done is None, "not all before it has been done"
    found.pass_over(5, 7, committed=5)
    assert found.done == 7
    found.pass_over(5, 9, committed=5)
    assert found.done == 9, "seen in two fetches"
    found.give(spread(9, 10))
    found.pass_over(9, 30, committed=5)
    found.pass_over(11, 12, committed=5)
    assert found.done == 9, "an agent still has what lies before it"
    found.acknowledge([9])
    assert found.done == 11
    found.pass_over(11, 12, committed=5)
    assert found.done == 12


@given(sizes=st.lists(st.integers(1, 4), max_size=8), data=st.data())
def test_in_whatever_order_batches_are_acknowledged(sizes: list[int], data: st.DataObject) -> None:
    found, start, given_ = InFlight(), 0, list[Batch]()
    for size in sizes:
        given_.append(spread(*range(start, start + size)))
        found.give(given_[-1])
        start += size
    left = {one.first: one for one in given_}
    for first in data.draw(st.permutations(sorted(left))):
        found.acknowledge([first])
        del left[first]
        expected = min((one.first for one in left.values()), default=start)
        assert (found.done or 0) == expected
    assert not found._given
    assert not found._acknowledged


def application() -> faust.App:
    return faust.App("t", broker="forewarn://127.0.0.1:1", store="fenced://")


def test_a_topic_asks_for_batches_and_all_others_come_record_by_record() -> None:
    app = application()
    app.topics.add(batches.topic(app, "many", "more"))
    app.topics.add(app.topic("single"))
    assert asked_for(app) == {"many", "more"}


def test_a_topic_cannot_be_read_in_both_ways() -> None:
    app = application()
    app.topics.add(batches.topic(app, "many"))
    app.topics.add(app.topic("many"))
    with pytest.raises(ImproperlyConfigured, match=r"\['many'\]"):
        asked_for(app)


async def test_an_event_carries_the_batch_as_it_is() -> None:
    app = application()
    message: Any = SimpleNamespace(value=batch(b"a"), key=None, headers=None)
    event = await batches.topic(app, "many").decode(message)
    assert event.value is message.value
