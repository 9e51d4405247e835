"""What ``forewarn publish`` takes and refuses before anything is sent."""

import pytest

from services.publish.read import NotPublished, read
from tests.builders import raw, report

ONE, TWO = raw(report()), raw(report(incident_id="I-2"))


@pytest.mark.parametrize(
    "data",
    [ONE + b"\n" + TWO + b"\n", b"\n".join([ONE, b"", TWO]), b"[" + ONE + b",\n" + TWO + b"]"],
)
def test_lines_and_lists_are_read(data: bytes) -> None:
    assert [(r.key, r.value) for r in read(data, "x")] == [(b"I-1", ONE), (b"I-2", TWO)]


def test_one_event_may_stand_on_several_lines() -> None:
    (one,) = read(ONE.replace(b"{", b"{\n "), "x")
    assert (one.key, one.value) == (b"I-1", ONE)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (ONE + b"\n{", r"f: nothing was sent. line 2: value: not JSON"),
        (ONE + b"\n" + raw(report(), revision=0), "line 2: data.revision: found 0"),
        (raw(report(), place=7), "event 1: data.place: found 7"),
        (b"{}", "event 1: specversion: missing"),
        (b"[1]", "event 1: specversion: missing"),
        (b"", "empty; expected incident events"),
        (b"[]", "empty; expected incident events"),
        (b"\n".join([b"{}"] * 25), r"line 20: .*\n... and 5 more$"),
    ],
)
def test_one_bad_report_stops_all_and_is_named(data: bytes, said: str) -> None:
    with pytest.raises(NotPublished, match=said):
        read(data, "f")


def test_unknown_fields_are_sent_as_they_are_and_named() -> None:
    value = raw(report(), colour="red")
    (one,) = read(value, "x")
    assert (one.value, one.ignored) == (value, ("data.colour",))
