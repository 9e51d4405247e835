"""A trace context is carried on as it came, or not at all."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ALERTS
from services.records import Outgoing
from services.tracing import context
from services.tracing.context import LENGTH, TRACEPARENT
from tests.builders import NOON
from tests.spans import HOSTILE, OTHER, SAMPLED, SPAN_ID, TRACE_ID, UNSAMPLED


@pytest.mark.parametrize("given", [SAMPLED, UNSAMPLED, SAMPLED[:-2] + "ff"])
def test_what_is_well_formed_is_carried_on_byte_for_byte(given: str) -> None:
    assert context.read(given.encode()) == given


@pytest.mark.parametrize("given", HOSTILE, ids=lambda value: f"{value[:20]!r}, {len(value)} bytes")
def test_what_is_no_context_is_as_if_it_were_not_there(given: bytes) -> None:
    assert context.read(given) is None
    assert context.of([("origin", b"test"), (TRACEPARENT, given)]) is None


_NEARLY = rb"(00|01|cc|ff)-(4b|00){16}-(f0|00){8}-[0-9a-f]{2}(-.{0,9}|x)?"
_FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@given(st.binary(max_size=80) | st.from_regex(_NEARLY, fullmatch=True))
def test_whatever_comes_what_is_carried_on_has_one_form(given: bytes) -> None:
    found = context.read(given)
    if found is None:
        return
    assert _FORM.fullmatch(found)
    assert found[2:53] == given.decode("latin-1")[2:53]
    assert context.read(found.encode()) == found
    assert found.encode() == given or given[:2] != b"00"


def test_of_a_later_version_only_what_is_known_is_carried_on() -> None:
    later = f"cc-{TRACE_ID}-{SPAN_ID}-09-what-the-future-will-bring"
    assert context.read(later.encode()) == SAMPLED
    assert context.read(later.encode()[:LENGTH]) == SAMPLED


def test_of_two_contexts_none_is_believed() -> None:
    one, other = (TRACEPARENT, SAMPLED.encode()), (TRACEPARENT, OTHER.encode())
    assert context.of([one]) == SAMPLED
    assert context.of([one, other]) is None
    assert context.of([one, (TRACEPARENT, b"?")]) is None


def test_only_who_began_a_trace_says_whether_it_is_looked_at() -> None:
    assert context.is_sampled(SAMPLED)
    assert not context.is_sampled(UNSAMPLED)
    assert not context.is_sampled(SAMPLED[:-2] + "02")


def out(size: int = 10) -> Outgoing:
    return Outgoing(ALERTS, b"K", b"x" * size, (("content-type", b"json"),), NOON)


def test_a_record_goes_on_with_the_context_behind_its_own_headers_and_without_other_changes() -> (
    None
):
    (found,) = context.carried([out()], SAMPLED)
    assert found.headers == (("content-type", b"json"), (TRACEPARENT, SAMPLED.encode()))
    assert (found.value, found.key, found.at - NOON) == (out().value, b"K", timedelta(0))
    assert context.carried([out()], None) == [out()]


def test_a_record_that_fills_its_topic_goes_on_without_a_context() -> None:
    full = out(ALERTS.max_message_bytes - out(0).size)
    assert full.size == ALERTS.max_message_bytes
    assert context.carried([full], SAMPLED) == [full]
