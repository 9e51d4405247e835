"""What became of a report is told by its record, and can be waited for."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from schemas.rejection import RejectReason
from schemas.topics import INCIDENTS
from services.gateway.publishing import waiting
from services.ledger.rows import row
from services.ledger.store import Batch, Store
from tests.builders import at, event, ref, report, retraction
from tests.gateway.memory import MemoryLog
from tests.ledger.builders import Tape


async def told(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/v1/incidents/I-1/status{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def stages(client: httpx.AsyncClient, query: str = "") -> list[str]:
    revisions = (await told(client, query))["revisions"]
    return [one["stage"] for one in revisions]


async def test_a_report_is_received_then_located_then_folded(
    client: httpx.AsyncClient, ledger: Engine
) -> None:
    tape, store = Tape(), Store(ledger)
    tape.incident(report())
    tape.feed(store)
    assert await stages(client) == ["received"]

    other = Tape()
    other.report(report())
    other.records = other.records[1:]
    other.feed(store)
    found = await told(client)
    assert await stages(client) == ["located"]
    assert found["settled"] is False
    (revision,) = found["revisions"]
    (segment,) = revision["segments"]
    assert segment["observation"] == ref(0, topic="observations").model_dump()
    assert segment["kind"] == "assert"

    last = Tape()
    last.assess(at())
    last.feed(store)
    assert await stages(client) == ["folded"]
    assert (await told(client))["settled"] is True


async def test_why_a_report_does_not_count_is_told(
    client: httpx.AsyncClient, ledger: Engine
) -> None:
    tape = Tape()
    tape.reject(tape.incident(report()), RejectReason.TOO_FAR)
    tape.reject(tape.incident(report(revision=2)), RejectReason.FROM_THE_FUTURE)
    tape.feed(Store(ledger))

    found = await told(client)
    first, second = found["revisions"]
    assert (first["stage"], first["reason"]) == ("set-aside", "too-far")
    assert (second["stage"], second["reason"]) == ("rejected", "from-the-future")
    assert first["detail"] == "why"
    assert found["settled"] is True


async def test_what_changes_nothing_is_not_waited_for(
    client: httpx.AsyncClient, ledger: Engine
) -> None:
    tape = Tape()
    tape.incident(retraction(revision=1))
    tape.report(report(revision=3))
    tape.incident(report(revision=2))
    tape.incident(report(revision=3))
    tape.assess(at())
    tape.feed(Store(ledger))

    assert await stages(client) == ["unchanged", "folded", "unchanged", "unchanged"]


async def test_who_publishes_can_wait_until_it_counts(
    client: httpx.AsyncClient, ledger: Engine, log: MemoryLog
) -> None:
    content = event(report()).model_dump_json()
    await client.post(
        "/v1/incidents", content=content, headers={"content-type": "application/cloudevents+json"}
    )
    assert await stages(client) == ["received"]
    ((place, _),) = log.records
    partition = place.partition

    async def work() -> None:
        """Fill the ledger a moment later, with the report where it was written."""
        await asyncio.sleep(0.3)
        tape, store = Tape(), Store(ledger)
        tape.report(report())
        tape.assess(at())
        for record in tape.records:
            made = row(record)
            assert made is not None
            of_report = record.ref.topic == INCIDENTS.name
            made.values["cause_partition" if "cause_offset" in made.values else "partition"] = (
                partition if of_report or "cause_offset" in made.values else 0
            )
            where = (record.ref.topic, partition if of_report else 0)
            store.begin([where])
            store.write([Batch(*where, 0, 1, (made,))])

    working = asyncio.create_task(work())
    begun = datetime.now(UTC)
    found = await told(client, "?wait=5s")
    await working

    assert found["settled"] is True
    assert 0.2 < (datetime.now(UTC) - begun).total_seconds() < 3
    assert await stages(client) == ["folded"]


async def test_a_wait_ends_and_says_that_it_is_not_settled(
    client: httpx.AsyncClient, ledger: Engine
) -> None:
    tape = Tape()
    tape.incident(report())
    tape.feed(Store(ledger))

    assert (await told(client, "?wait=0.3"))["settled"] is False
    assert (await told(client, "?wait=0.2s&record=incidents:0:7"))["settled"] is False


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("wait=31s", 400),
        ("wait=long", 422),
        ("wait=-1s", 422),
        ("wait=1e9", 422),
        ("record=here", 422),
        ("wiat=5s", 422),
    ],
)
async def test_a_wait_that_is_none_is_refused(
    client: httpx.AsyncClient, query: str, status: int
) -> None:
    answer = await client.get(f"/v1/incidents/I-1/status?{query}")

    assert answer.status_code == status
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_an_unknown_incident_has_no_status(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/incidents/I-1/status")

    assert answer.status_code == 404
    assert "wait=5s" in answer.json()["detail"]


async def test_who_finds_no_room_to_wait_is_answered_at_once(
    client: httpx.AsyncClient, ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape()
    tape.incident(report())
    tape.feed(Store(ledger))
    monkeypatch.setattr(waiting, "WAITING", 1)
    first = asyncio.ensure_future(told(client, "?wait=20s"))
    await asyncio.sleep(0.2)

    async with asyncio.timeout(10):
        assert (await told(client, "?wait=20s"))["settled"] is False
    assert not first.done()
    first.cancel()
    await asyncio.wait([first])
    assert (await told(client, "?wait=0.2"))["settled"] is False
