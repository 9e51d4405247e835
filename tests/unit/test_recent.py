"""What a gateway remembers of an incident: what was sent lately, and no more than that."""

import asyncio
import weakref

import pytest

from schemas.base import RecordRef
from schemas.incident import Traffic
from services.gateway.recent import KEPT_S, Differs, Recent

SAID = (Traffic.ACTUAL, "reported")


class Digest(str):
    """A digest that tells when it is forgotten."""


def put() -> "asyncio.Future[RecordRef]":
    place: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
    place.set_result(RecordRef(topic="incidents", partition=0, offset=7))
    return place


async def test_a_revision_that_was_sent_lately_is_not_sent_again() -> None:
    recent = Recent()
    recent.send(("I-1", 1), "a", SAID, 0, put)
    await asyncio.sleep(0)
    place, repeated = recent.send(("I-1", 1), "a", SAID, KEPT_S, put)
    assert repeated
    assert (await place).offset == 7
    with pytest.raises(Differs):
        recent.send(("I-1", 1), "b", SAID, KEPT_S, put)
    assert not recent.send(("I-1", 1), "b", SAID, KEPT_S + 1, put)[1]


async def test_what_was_sent_long_ago_is_forgotten_though_its_incident_is_revised_for_ever() -> (
    None
):
    recent, digest = Recent(), Digest("a")
    gone = weakref.ref(digest)
    recent.send(("I-1", 1), digest, SAID, 0, put)
    del digest
    await asyncio.sleep(0)
    recent.send(("I-1", 2), "b", SAID, KEPT_S, put)
    assert gone() is not None
    assert set(recent.of("I-1", KEPT_S)) == {1, 2}
    recent.send(("I-1", 3), "c", SAID, KEPT_S + 1, put)
    assert gone() is None
    assert set(recent.of("I-1", KEPT_S + 1)) == {2, 3}
