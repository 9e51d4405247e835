"""Dead letters, without a broker: what is chosen, planned, put where, and shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.domain.intake import UNREADABLE
from schemas.base import RecordRef
from schemas.rejection import Cut, FieldError, Rejection, RejectReason
from services.rejected import choose, lineage, screen
from services.rejected.advice import ADVICE
from services.rejected.lineage import HEADER, Source
from services.rejected.log import Entry
from services.rejected.replay import Choice, Verdict, plan
from services.tail import as_line
from tests.builders import NOON, at, ref


def entry(offset: int = 0, source: RecordRef | None = None, **fields: Any) -> Entry:
    """Return the rejection at offset ``offset`` of partition 0: invalid, unless told otherwise."""
    content: dict[str, Any] = {
        "record": source or ref(offset),
        "recorded_at": NOON,
        "reason": RejectReason.INVALID,
        "detail": "x",
        "value": b"{}",
    }
    key = fields.pop("key", b"I-1")
    return Entry(0, offset, key, Rejection.model_validate(content | fields))


def test_every_reason_has_an_advice() -> None:
    assert set(ADVICE) == set(RejectReason)
    assert all(advice.endswith(".") for advice in ADVICE.values())


# --- the chain of sources


def test_the_chain_grows_by_the_record_that_is_replayed_and_keeps_the_other_headers() -> None:
    first = lineage.extended((("ce_id", b"1"),), ("incidents", 0, 5))
    again = lineage.extended(first, ("incidents", 0, 9))
    assert dict(again) == {"ce_id": b"1", HEADER: b"incidents:0:5,incidents:0:9"}
    assert len(again) == 2
    assert lineage.sources(again) == (("incidents", 0, 5), ("incidents", 0, 9))
    assert lineage.last_source(again) == ("incidents", 0, 9)


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"incidents:0", b"incidents:a:1", b"\xff:0:1:2", b"t:0:" + b"9" * 99]
)
def test_a_header_that_is_not_ours_is_no_chain(raw: bytes) -> None:
    assert lineage.last_source([(HEADER, raw)]) is None


def test_the_scan_begins_behind_the_oldest_source_on_the_partition_of_its_key() -> None:
    home = lineage.partition_of(b"I-1", ("incidents", 0, 0), 4)
    found = lineage.scan_from(
        [(b"I-1", ("incidents", home, 17)), (b"I-1", ("incidents", home, 40))], 4
    )
    assert found == {home: 18}


def test_the_scan_begins_at_the_beginning_where_a_producer_used_another_partition() -> None:
    home = lineage.partition_of(b"I-1", ("incidents", 0, 0), 4)
    other = (home + 1) % 4
    assert lineage.scan_from([(b"I-1", ("incidents", other, 17))], 4) == {home: 0}


def test_a_record_without_key_goes_back_where_it_came_from() -> None:
    assert lineage.scan_from([(None, ("incidents", 3, 17))], 4) == {3: 18}


# --- what is chosen and planned


def verdicts(meant: list[Entry], done: dict[Source, Source] | None = None) -> list[Verdict]:
    return [verdict for _, verdict in plan(meant, done or {}).verdicts]


def test_what_has_been_replayed_is_not_replayed_again() -> None:
    done = {("incidents", 0, 1): ("incidents", 0, 7)}
    assert verdicts([entry(0), entry(1)], done) == [Verdict.REPLAY, Verdict.DONE]


def test_a_replay_that_was_rejected_again_can_be_replayed() -> None:
    done = {("incidents", 0, 1): ("incidents", 0, 7)}
    assert verdicts([entry(1), entry(2, ref(7))], done) == [Verdict.DONE, Verdict.REPLAY]


def test_a_record_that_was_rejected_twice_is_replayed_once() -> None:
    assert verdicts([entry(0, ref(5)), entry(1, ref(5))]) == [Verdict.REPLAY, Verdict.TWICE]


def test_what_is_derived_is_not_replayed() -> None:
    assert verdicts([entry(0, ref(5, topic="observations"))]) == [Verdict.DERIVED]
    assert verdicts([entry(0, ref(5, topic="commands"))]) == [Verdict.COMMAND]


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        (Choice(), [0, 1]),
        (Choice(set_aside=True), [0, 1, 2]),
        (Choice(reasons=frozenset({RejectReason.TOO_FAR})), [2]),
        (Choice(places=frozenset({(0, 2)})), [2]),
        (Choice(places=frozenset({(0, 1), (1, 0)})), [1]),
        (Choice(until=0), [0]),
        (Choice(until=NOON), [0]),
        (Choice(since=at(hours=1)), [1]),
    ],
)
def test_what_is_set_aside_is_taken_only_when_named_and_bounds_hold(
    choice: Choice, taken: list[int]
) -> None:
    rejected = [
        entry(0),
        entry(1, recorded_at=at(hours=1)),
        entry(2, recorded_at=at(hours=2), reason=RejectReason.TOO_FAR),
    ]
    assert [e.offset for e in rejected if choice.takes(e)] == taken


# --- what is asked for


def test_a_bound_is_an_offset_or_a_time_in_utc() -> None:
    assert choose.bound("--until", "41") == 41
    assert choose.bound("--until", "2022-09-14") == datetime(2022, 9, 14, tzinfo=UTC)
    assert choose.bound("--until", "2022-09-14T06:00+06:00") == datetime(2022, 9, 14, tzinfo=UTC)
    assert choose.place("3:17") == (3, 17)


@pytest.mark.parametrize("text", ["soon", "-1", "3:17", ""])
def test_an_unclear_bound_names_the_option_the_value_and_what_was_expected(text: str) -> None:
    with pytest.raises(choose.Unclear, match=r"--until: .*expected an offset.* or a time"):
        choose.bound("--until", text)


@pytest.mark.parametrize("text", ["17", "0:", "a:1", "0:1:2", "0:-1"])
def test_an_unclear_place_says_what_a_place_is(text: str) -> None:
    with pytest.raises(choose.Unclear, match="PARTITION:OFFSET"):
        choose.place(text)


# --- what is shown


def shown(one: Entry) -> str:
    return "\n".join(screen.full(one, {}))


def test_everything_about_a_rejection_is_shown() -> None:
    error = FieldError(field="data.revision", value="'one'", expected="an integer")
    text = shown(entry(4, ref(9, 2), errors=(error,), headers=(("ce_id", b"7"),), value=b"[1]"))
    for part in ("0:4", "incidents:2:9", "I-1", "ce_id: 7", "[1]", ADVICE[RejectReason.INVALID]):
        assert part in text
    assert "data.revision" in text
    assert "'one'" in text
    assert "an integer" in text


def test_bytes_that_are_no_text_are_shown_in_hex() -> None:
    assert "00000000  ff 00 41" in shown(entry(value=b"\xff\x00A"))


@pytest.mark.parametrize("unit", [b"a", b"\xff", "я".encode()])
def test_long_bytes_are_cut_with_a_note(unit: bytes) -> None:
    value = b"-" + unit * (screen.LIMIT + 9)
    text = shown(entry(value=value))
    assert f"{len(value) - screen.LIMIT} bytes more; --raw" in text
    assert len(text) < 8 * screen.LIMIT


def test_nothing_in_a_rejected_record_reaches_the_terminal_as_a_command() -> None:
    hostile = "\x1b[2J\x9b\u202e\r"
    raw = hostile.encode()
    error = FieldError(field=hostile, value=hostile, expected=hostile)
    one = entry(value=raw, key=raw, detail=hostile, errors=(error,), headers=((hostile, raw),))
    (row,) = zip(*(list(column.cells) for column in screen.table([one], {}).columns), strict=True)
    assert all(c.isprintable() or c == "\n" for c in shown(one))
    assert all(c.isprintable() for cell in row for c in str(cell))


def test_the_counts_name_each_reason() -> None:
    rejected = [entry(), entry(1), entry(2, reason=RejectReason.FAILED)]
    assert screen.counts(rejected) == "3 rejected: 2 invalid, 1 failed"
    assert screen.counts([]) == "0 rejected"


def test_what_was_cut_is_not_replayed_and_says_where_the_whole_is() -> None:
    cut = Cut(key_bytes=3, headers_count=0, headers_bytes=0, value_bytes=9, value_sha256="0" * 64)
    one = entry(cut=cut)
    assert verdicts([one]) == [Verdict.CUT]
    assert f"the whole stands only at incidents:{one.source[1]}:{one.source[2]}" in shown(one)


def test_what_stands_for_a_batch_that_was_not_opened_is_not_replayed() -> None:
    assert verdicts([entry(value=b"", headers=((UNREADABLE, b"too much"),))]) == [Verdict.CUT]


def test_a_value_is_shown_in_one_line_whatever_it_is() -> None:
    assert [as_line(v) for v in (None, b"\xff{}", b"")] == ["null", "\ufffd{}", ""]
