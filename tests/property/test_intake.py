"""Whatever a record holds, it is read or refused in words, and its refusal can be written."""

from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.domain.intake import Refusal, Report, read
from schemas.rejection import Rejection, RejectReason
from schemas.topics import REJECTED
from services.dead_letters import SMALL, rejection
from services.records import Delivery
from tests.builders import NOON, raw, ref, report, retraction

BYTES = st.binary(max_size=300)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["retracted", "corrected", "0001-01-01T00:00:00+14:00", "1.0", "KGZ"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
HEADERS = st.dictionaries(
    st.sampled_from(["ce_specversion", "ce_type", "ce_id", "ce_source", "ce_time"]) | st.text(),
    BYTES | st.sampled_from([b"1.0", b"forewarn.incident.v1"]),
    max_size=8,
)
KEYS = st.none() | st.just(b"I-1") | BYTES


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every node below ``node``."""
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    found = [path]
    for key, child in inside:
        at = (*path, key)
        found += paths(child, at) if isinstance(child, dict | list) else [at]
    return found


EVENTS = [
    orjson.loads(raw(report(sources=[{"name": "a"}], actors=[{"name": "b"}]))),
    orjson.loads(raw(retraction())),
]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Draw a valid event with anything in some of its places, or under names it does not know."""
    event = orjson.loads(orjson.dumps(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([p for p in paths(event) if p]))
        node = event
        for part in path:
            node = node[part]
        if draw(st.booleans()) or isinstance(node, list):
            node[last] = draw(JSON)
        else:
            node[draw(st.text())] = draw(JSON)
    return orjson.dumps(event)


def is_read_or_refused(key: bytes | None, value: bytes, headers: dict[str, bytes]) -> None:
    found = read(key, value, headers)
    assert isinstance(found, Report | Refusal)
    if isinstance(found, Refusal):
        assert found.detail
        delivery = Delivery(ref(), key, value, tuple(headers.items()), NOON)
        for limit in (REJECTED.max_message_bytes, SMALL):
            out = rejection(delivery, found, limit)
            assert out.size <= limit
            assert Rejection.model_validate_json(out.value).value == value


@given(KEYS, BYTES, HEADERS)
def test_arbitrary_bytes_are_read_or_refused(
    key: bytes | None, value: bytes, headers: dict[str, bytes]
) -> None:
    is_read_or_refused(key, value, headers)


@given(KEYS, JSON, HEADERS)
@example(b"I-1", {"specversion": "1.0", "type": [[[]]]}, {})
def test_arbitrary_json_is_read_or_refused(
    key: bytes | None, content: Any, headers: dict[str, bytes]
) -> None:
    is_read_or_refused(key, orjson.dumps(content), headers)


@settings(max_examples=400)
@given(KEYS, spoilt(), HEADERS)
def test_a_spoilt_report_is_read_or_refused(
    key: bytes | None, value: bytes, headers: dict[str, bytes]
) -> None:
    is_read_or_refused(key, value, headers)


@st.composite
def large(draw: st.DrawFn) -> Delivery:
    """Draw a record whose parts are few characters, often repeated."""
    unit = st.binary(min_size=1, max_size=3)

    def much(limit: int) -> bytes:
        return draw(unit) * draw(st.integers(0, limit))

    names = [
        draw(st.text(min_size=1, max_size=2)) * draw(st.integers(0, 60_000))
        for _ in range(draw(st.integers(0, 3)))
    ]
    headers = tuple((name, much(60_000)) for name in names) * draw(st.integers(1, 500))
    return Delivery(ref(), much(200_000), much(400_000), headers[:2_000], NOON)


@settings(max_examples=60)
@given(large(), st.text(max_size=100), st.integers(1, 20_000))
def test_a_rejection_of_anything_fits(delivery: Delivery, words: str, times: int) -> None:
    refusal = Refusal(RejectReason.INVALID, words * times or "x")
    assert rejection(delivery, refusal, SMALL).size <= SMALL
