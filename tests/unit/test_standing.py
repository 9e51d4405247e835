"""Where an incident counts, by a log whose partitions come one after the other."""

from collections.abc import AsyncIterator

import pytest

from schemas.observation import Observed
from services import records
from services.commands.standing import NotLinkable, common, standings
from services.records import Delivery
from tests.builders import NOON, asserted, effect, ref, retracted


async def found(*observations: Observed) -> dict[str, str]:
    async def batches() -> AsyncIterator[list[Delivery]]:
        for number, observed in enumerate(observations):
            record = records.observation(observed)
            yield [Delivery(ref(number, topic="observations"), record.key, record.value, (), NOON)]

    where = await standings(batches(), ("I-1", "I-2"), lambda _n: None)
    return {incident: standing.segment_id for incident, standing in where.items()}


def on(segment: str, observed: Observed) -> Observed:
    return observed.model_copy(update={"segment_id": segment})


async def test_an_incident_that_moved_is_found_whichever_partition_is_read_first() -> None:
    first = on("A", asserted(effect(), offset=1))
    gone = on("A", retracted(effect(), offset=2))
    come = on("B", asserted(effect(revision=2), offset=2))
    assert await found(first, gone, come) == {"I-1": "B"}
    assert await found(come, first, gone) == {"I-1": "B"}


async def test_an_incident_that_was_withdrawn_counts_nowhere() -> None:
    gone = on("A", retracted(effect(), offset=2))
    assert await found(on("A", asserted(effect(), offset=1)), gone) == {}
    with pytest.raises(NotLinkable, match="I-1: counts nowhere; I-2: counts nowhere"):
        common(("I-1", "I-2"), {})


async def test_an_incident_counts_where_it_lies_and_not_where_it_is_seen_from() -> None:
    here = on("A", asserted(effect(), offset=1))
    seen = on("B", asserted(effect(), offset=1).model_copy(update={"nearby_km": 12.0}))
    assert await found(here, seen) == await found(seen, here) == {"I-1": "A"}
