"""Records that are shared out anew keep their order, and are found by what names them."""

import re
from collections import defaultdict

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.intake import Refusal
from schemas.base import RecordRef
from schemas.rejection import Rejection, RejectReason
from services.dead_letters import rejection
from services.dump.files import Line
from services.dump.moves import CannotMove, Moves
from services.records import Delivery, moment, partition_of
from services.rejected import lineage

KEYS = st.lists(st.sampled_from([b"I-%d" % n for n in range(40)]), max_size=60)


def line(offset: int, key: bytes | None = None, value: bytes | None = b"{}") -> Line:
    return Line(offset, 0, key, value, ())


def named(topic: str, partition: int, offset: int) -> bytes:
    ref = RecordRef(topic=topic, partition=partition, offset=offset)
    return b'{"cause":' + ref.model_dump_json().encode() + b"}"


@given(KEYS, st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 5]))
def test_each_key_goes_where_its_next_record_will_and_keeps_its_order(
    keys: list[bytes], old: int, times: int
) -> None:
    moves, ends = Moves(old, old * times, {}), defaultdict[int, int](int)
    origins = defaultdict[int, list[tuple[int, int]]](list)
    for key in keys:
        home = partition_of(key, old)
        to, at = moves.put("incidents", home, line(ends[home], key))
        assert (to, at) == (partition_of(key, old * times), len(origins[to]))
        origins[to].append((home, ends[home]))
        ends[home] += 1
    for found in origins.values():
        # All from one partition, in its order: causes that rose before rise after.
        assert len({home for home, _ in found}) == 1
        assert found == sorted(found)


def test_what_names_a_record_names_it_where_it_is() -> None:
    key = next(k for k in (b"I-%d" % n for n in range(99)) if partition_of(k, 4) == 3)
    moves = Moves(2, 4, {})
    moves.put(
        "incidents",
        1,
        line(0, next(k for k in (b"J-%d" % n for n in range(99)) if partition_of(k, 4) == 1)),
    )
    moves.put("incidents", 1, line(1, key))
    told = moves.follow("observations", line(0, b"S", named("incidents", 1, 1)))
    assert told.value == named("incidents", 3, 0)


def test_an_offset_that_is_missing_closes_up() -> None:
    moves = Moves(1, 1, {"incidents": {0: 6}})
    assert [moves.put("incidents", 0, line(n, b"k"))[1] for n in (3, 5, 7)] == [0, 1, 2]
    told = moves.follow("observations", line(0, b"S", named("incidents", 0, 7)))
    assert told.value == named("incidents", 0, 2)
    # The record at 7 was not handled yet.
    assert moves.committed()["incidents"] == {0: 2}


def test_a_record_that_nothing_moves_keeps_its_bytes() -> None:
    moves = Moves(2, 2, {})
    moves.put("incidents", 1, line(0, b"k"))
    said = line(0, b"S", named("incidents", 0, 99))
    assert moves.follow("observations", said) is said


def test_what_others_wrote_is_left_as_it_is() -> None:
    moves = Moves(1, 1, {})
    moves.put("incidents", 0, line(4, b"k"))
    said = line(0, b"k", named("incidents", 0, 4))
    assert moves.follow("incidents", said).value == said.value
    quoted = orjson.dumps({"summary": named("incidents", 0, 4).decode()})
    assert moves.follow("observations", line(0, b"S", quoted)).value == quoted


def test_a_name_of_what_is_not_in_the_dump_is_refused() -> None:
    moves = Moves(1, 1, {})
    moves.put("incidents", 0, line(4, b"k"))
    with pytest.raises(CannotMove, match="incidents 0:9 is named by another record"):
        moves.follow("observations", line(0, b"S", named("incidents", 0, 9)))


def test_the_chain_of_a_replay_is_followed_in_the_header_and_in_its_rejection() -> None:
    moves = Moves(1, 1, {})
    moves.put("incidents", 0, line(4, b"k"))
    moves.put("incidents", 0, line(6, b"k"))
    header = ((lineage.HEADER, b"incidents:0:4"),)
    replayed = moves.follow("incidents", Line(6, 0, b"k", b"x", header))
    assert replayed.headers == ((lineage.HEADER, b"incidents:0:0"),)
    source = Delivery(
        RecordRef(topic="incidents", partition=0, offset=6), b"k", b"x", header, moment(0)
    )
    refused = rejection(source, Refusal(RejectReason.NOT_JSON, "not JSON")).value
    told = moves.follow("incidents.rejected", line(0, b"k", refused)).value
    assert told is not None
    said = Rejection.model_validate_json(told)
    assert said.headers == ((lineage.HEADER, b"incidents:0:0"),)
    assert (said.record.offset, said.value) == (1, b"x")
    # Word for word what a worker would write that reads the record where it is now.
    there = Delivery(
        RecordRef(topic="incidents", partition=0, offset=1), b"k", b"x", replayed.headers, moment(0)
    )
    assert told == rejection(there, Refusal(RejectReason.NOT_JSON, "not JSON")).value


def test_a_number_of_partitions_that_mixes_them_is_refused() -> None:
    with pytest.raises(CannotMove, match=r"is 6, the dump has 4; expected 4 or a multiple"):
        Moves(4, 6, {})


def test_a_key_of_another_partitioner_is_refused() -> None:
    wrong = 1 - partition_of(b"k", 2)
    with pytest.raises(CannotMove, match=re.escape(f"incidents {wrong}:0: its key belongs")):
        Moves(2, 4, {}).put("incidents", wrong, line(0, b"k"))
    assert Moves(2, 2, {}).put("incidents", wrong, line(0, b"k")) == (wrong, 0)


def test_workers_go_on_at_the_first_record_of_each_partition_that_they_had_not_handled() -> None:
    keys = [b"I-%d" % n for n in range(40)]
    moves = Moves(1, 2, {"incidents": {0: 30}, "commands": {0: 0}})
    homes = [moves.put("incidents", 0, line(n, key)) for n, key in enumerate(keys)]
    found = moves.committed()
    assert found["commands"] == {0: 0, 1: 0}
    assert found["incidents"] == {
        n: sum(partition_of(key, 2) == n for key in keys[:30]) for n in (0, 1)
    }
    assert len(homes) == 40
