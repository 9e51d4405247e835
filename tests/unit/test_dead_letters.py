"""A refused record stands among the rejected: whole where it fits, else with what it was."""

import orjson
import pytest

from models.domain.intake import Refusal
from schemas.rejection import FieldError, Rejection, RejectReason
from schemas.topics import REJECTED
from services.dead_letters import SMALL, rejection
from services.records import Delivery
from tests.builders import NOON, ref

REFUSAL = Refusal(RejectReason.INVALID, "bad", (FieldError(field="f", value="v", expected="e"),))


def delivery(
    value: bytes = b"{}", key: bytes = b"I-1", headers: tuple[tuple[str, bytes], ...] = ()
) -> Delivery:
    return Delivery(ref(), key, value, headers, NOON)


def test_what_fits_is_kept_whole_and_says_nothing_of_cuts() -> None:
    out = rejection(delivery(b"x" * 16_777_216), REFUSAL)
    assert Rejection.model_validate_json(out.value).value == b"x" * 16_777_216
    assert "cut" not in orjson.loads(out.value)


HUGE = {
    "value": delivery(b"\xff" * 30_000_000),
    "key": delivery(key=b"k" * 30_000_000),
    "header name": delivery(headers=(("\x01" * 5_000_000, b""),)),
    "wide header name": delivery(headers=(("\U0001f600" * 8_000_000, b""),)),
    "header value": delivery(headers=(("h", b"v" * 30_000_000),)),
    "headers": delivery(headers=(("h", b""),) * 3_000_000),
    "all": delivery(b"v" * 9_000_000, b"k" * 9_000_000, (("\x01" * 9_000_000, b"v" * 9_000_000),)),
}


@pytest.mark.parametrize("what", HUGE)
@pytest.mark.parametrize("limit", [REJECTED.max_message_bytes, SMALL])
def test_what_does_not_fit_is_cut_and_says_how_large_it_was(what: str, limit: int) -> None:
    huge = HUGE[what]
    out = rejection(huge, REFUSAL, limit)
    assert out.size <= limit
    kept = Rejection.model_validate_json(out.value)
    assert kept.cut is not None
    assert (kept.cut.value_bytes, kept.cut.key_bytes, kept.cut.headers_count) == (
        len(huge.value or b""),
        len(huge.key or b""),
        len(huge.headers),
    )
    assert (huge.value or b"").startswith(kept.value)
    assert (huge.key or b"").startswith(out.key or b"")
    assert bool(kept.headers) == bool(huge.headers)
    for (name, value), (whole, content) in zip(kept.headers, huge.headers, strict=False):
        assert whole.startswith(name)
        assert content.startswith(value)
    assert len(kept.value) >= min(len(huge.value or b""), limit // 40)


def test_a_cut_rejection_has_room_for_the_longest_words() -> None:
    control = "\x01" * 9_000
    errors = (FieldError(field=control, value=control, expected=control),) * 20
    refusal = Refusal(RejectReason.INVALID, control, errors)
    for huge in HUGE.values():
        assert rejection(huge, refusal, SMALL).size <= SMALL


def test_words_that_are_no_text_are_kept_as_escapes() -> None:
    out = rejection(delivery(), Refusal(RejectReason.FAILED, "\ud800"))
    assert Rejection.model_validate_json(out.value).detail == "\\ud800"


def test_what_was_expected_of_a_field_is_shortened_since_it_may_quote_the_report() -> None:
    error = FieldError(field="f" * 9_000, value="v" * 9_000, expected="e" * 900_000)
    out = rejection(delivery(), Refusal(RejectReason.INVALID, "bad", (error,) * 20))
    kept = Rejection.model_validate_json(out.value)
    assert out.size < 50_000
    assert kept.cut is None
