"""Ids: what is written is read again, and nothing else is."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from services.gateway.following.position import Codec, NotAPosition, OtherLog, Position
from services.gateway.secret import key
from services.settings import Gateway

KEY = bytes(range(32))
CODEC = Codec(KEY, "one")

offsets = st.lists(st.integers(0, 2**63 - 1), max_size=12)
positions = st.builds(lambda found: Position.of(dict(enumerate(found))), offsets)


@given(positions)
def test_what_is_written_is_read_again(position: Position) -> None:
    assert CODEC.decode(CODEC.encode(position)) == position


@given(positions, st.data())
def test_an_id_in_which_anything_is_changed_is_refused(
    position: Position, data: st.DataObject
) -> None:
    text = CODEC.encode(position)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[at]))
    for damaged in (text[:at] + other + text[at + 1 :], text[:at], text + other):
        with pytest.raises(NotAPosition):
            CODEC.decode(damaged)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: urlsafe_b64encode(b).decode()))
def test_what_no_gateway_made_is_refused(text: str) -> None:
    with pytest.raises(NotAPosition):
        CODEC.decode(text)


@given(positions)
def test_an_id_of_another_key_is_no_id_and_one_of_another_log_is_told_apart(
    position: Position,
) -> None:
    with pytest.raises(NotAPosition):
        CODEC.decode(Codec(bytes(32), "one").encode(position))
    with pytest.raises(OtherLog):
        CODEC.decode(Codec(KEY, "other").encode(position))


def test_an_id_of_another_form_is_said_to_be_of_a_newer_gateway() -> None:
    body = bytes((2,)) + sha256(b"one").digest()[:4]
    later = urlsafe_b64encode(body + CODEC._mac(body)).decode().rstrip("=")
    with pytest.raises(NotAPosition, match="newer gateway"):
        CODEC.decode(later)


def test_the_form_of_an_id_stays() -> None:
    """Ids outlive a gateway: readers keep them."""
    assert CODEC.encode(Position((300, 0, 7))) == "AXaSw62sAgAHpJ0xFcVebmDAaQEO"
    assert len(CODEC.encode(Position((10**6,) * 4))) == 39


@given(positions, positions)
def test_of_two_positions_the_furthest_reaches_both_and_both_reach_the_nearest(
    one: Position, other: Position
) -> None:
    assert one.furthest(other).reaches(one)
    assert one.furthest(other).reaches(other)
    assert one.reaches(one.nearest(other))
    assert other.reaches(one.nearest(other))
    assert (one.reaches(other) and other.reaches(one)) == (one == other)


@given(positions, st.integers(0, 20), st.integers(0, 2**40))
def test_after_a_record_comes_the_next_offset(
    position: Position, partition: int, offset: int
) -> None:
    after = position.after(partition, offset)
    assert after[partition] == offset + 1
    assert all(after[p] == position[p] for p in range(25) if p != partition)


def test_the_key_is_made_once_and_the_settings_come_first(own: Engine) -> None:
    made = key(own, None)
    assert len(made) == 32
    assert key(own, None) == made
    secret = Gateway.model_validate({"secret": "x" * 16}).secret
    assert key(own, secret) == key(own, secret) != made
