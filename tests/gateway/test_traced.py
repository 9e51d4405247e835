"""What a request writes goes on with its trace, and spans tell of both and of no person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

import httpx
import orjson
import pytest

from services.gateway.app import build
from services.gateway.parts import Parts
from services.tracing import asked, context
from services.tracing.asked import TracedWriter
from services.tracing.spans import UNTOLD, Spans
from tests.builders import raw, report
from tests.gateway.memory import MemoryLog
from tests.gateway.test_publishing import STRUCTURED, plain
from tests.spans import HOSTILE, SAMPLED, SPAN_ID, TRACE_ID, UNSAMPLED, Collected
from tests.spans import parent_id as parent
from tests.spans import trace_id as trace

WITNESS = "Ms A. Witness"
NDJSON = {"content-type": "application/x-ndjson"}


@asynccontextmanager
async def asking(parts: Parts, spans: Spans) -> AsyncIterator[httpx.AsyncClient]:
    """Serve as the process does: every record goes through what traces it."""
    log = TracedWriter(parts.log, spans, parts.settings.kafka)
    app = build(lambda: nullcontext(replace(parts, log=log, spans=spans)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client


def carried(log: MemoryLog) -> list[str | None]:
    return [context.of(record.headers) for _, record in log.records]


async def test_where_nobody_collects_the_context_that_came_goes_on_as_it_is(
    parts: Parts, log: MemoryLog
) -> None:
    async with asking(parts, UNTOLD) as client:
        for n, given in enumerate((SAMPLED, UNSAMPLED)):
            sent = {"traceparent": given, "tracestate": "reporter=someone"}
            told = plain(incident_id=f"I-{n}")
            answer = await client.post("/v1/incidents", json=told, headers=sent)
            assert answer.status_code == 202
        answer = await client.post("/v1/incidents", json=plain(incident_id="I-X"))
        assert answer.status_code == 202
    assert carried(log) == [SAMPLED, UNSAMPLED, None]
    assert not any(name == "tracestate" for _, r in log.records for name, _ in r.headers)


@pytest.mark.parametrize("collected", [False, True], ids=["off", "on"])
async def test_a_hostile_context_is_neither_refused_nor_copied(
    parts: Parts, log: MemoryLog, collected: bool
) -> None:
    hostile = [value for value in HOSTILE if len(value) < 60_000 and value.isascii()]
    found = Collected()
    async with asking(parts, found.spans if collected else UNTOLD) as client:
        for n, value in enumerate(hostile):
            one = raw(report(incident_id=f"I-{n}"))
            headers = {**STRUCTURED, "traceparent": value.decode()}
            answer = await client.post("/v1/incidents", content=one, headers=headers)
            assert answer.status_code == 202, value
        two = [(b"content-type", b"application/json"), *[(b"traceparent", SAMPLED.encode())] * 2]
        body = orjson.dumps(plain(incident_id="I-X"))
        assert (await client.post("/v1/incidents", content=body, headers=two)).status_code == 202
    assert len(log.records) == len(hostile) + 1
    traces = {c.split("-")[1] if c else None for c in carried(log)}
    assert (traces == {None}) is not collected
    assert TRACE_ID not in traces
    assert "itness" not in found.text


async def test_a_request_and_its_record_are_told_of_and_the_record_goes_on_with_the_latter(
    parts: Parts, log: MemoryLog
) -> None:
    found = Collected()
    async with asking(parts, found.spans) as client:
        headers = STRUCTURED | {"traceparent": SAMPLED, "x-request-id": "R-1"}
        await client.post("/v1/incidents", content=raw(report()), headers=headers)
    sent, served = found.told
    assert (served.name, served.kind.name) == ("POST /v1/incidents", "SERVER")
    assert (trace(served), parent(served)) == (TRACE_ID, SPAN_ID)
    assert dict(served.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/incidents",
        "http.response.status_code": 202,
        "forewarn.request_id": "R-1",
    }
    assert (sent.name, sent.kind.name) == ("send incidents", "PRODUCER")
    assert parent(sent) == f"{served.context.span_id:016x}"
    ((ref, _),) = log.records
    assert sent.attributes["messaging.destination.partition.id"] == str(ref.partition)
    assert sent.attributes["messaging.kafka.offset"] == ref.offset
    assert sent.attributes["forewarn.incident_id"] == "I-1"
    assert carried(log) == [f"00-{TRACE_ID}-{sent.context.span_id:016x}-01"]


async def test_without_a_context_the_gateway_begins_a_trace_for_each_request(
    parts: Parts, log: MemoryLog
) -> None:
    found = Collected()
    async with asking(parts, found.spans) as client:
        for n in range(2):
            await client.post("/v1/incidents", json=plain(incident_id=f"I-{n}"))
    traces = [trace(span) for span in found.told]
    assert traces[0] == traces[1] != traces[2] == traces[3]
    assert [c and c.split("-")[1] for c in carried(log)] == [traces[0], traces[2]]
    assert found.named("POST /v1/incidents")[0].parent is None


async def test_who_does_not_want_to_be_looked_at_is_not(parts: Parts, log: MemoryLog) -> None:
    found = Collected()
    async with asking(parts, found.spans) as client:
        headers = STRUCTURED | {"traceparent": UNSAMPLED}
        await client.post("/v1/incidents", content=raw(report()), headers=headers)
    assert found.told == []
    (one,) = carried(log)
    assert one is not None
    assert one.startswith(f"00-{TRACE_ID}-")
    assert not context.is_sampled(one)


async def test_of_a_long_batch_the_first_records_have_spans_and_all_have_its_trace(
    parts: Parts, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MOST", 3)
    found = Collected()
    lines = b"\n".join(raw(report(incident_id=f"I-{n}")) for n in range(10))
    async with asking(parts, found.spans) as client:
        headers = NDJSON | {"traceparent": SAMPLED}
        answer = await client.post("/v1/incidents:batch", content=lines, headers=headers)
    assert answer.content.count(b'"accepted"') > 9
    (served,) = found.named("POST /v1/incidents:batch")
    assert len(found.named("send incidents")) == 3
    assert {c and c.split("-")[1] for c in carried(log)} == {TRACE_ID}
    assert carried(log)[3:] == [f"00-{TRACE_ID}-{served.context.span_id:016x}-01"] * 7


async def test_a_log_that_is_away_is_a_fault_on_both_spans(parts: Parts, log: MemoryLog) -> None:
    log.away = True
    found = Collected()
    async with asking(parts, found.spans) as client:
        assert (await client.post("/v1/incidents", json=plain())).status_code == 503
        assert (await client.get("/v1/incidents/none")).status_code == 404
    sent, served, asked_for = found.told
    assert sent.attributes["error.type"] == "LogAway"
    assert served.attributes["error.type"] == "503"
    assert asked_for.name == "GET /v1/incidents/{incident_id}"
    assert "error.type" not in asked_for.attributes


async def test_no_span_says_who_reported_or_asked(parts: Parts) -> None:
    found = Collected()
    told = plain(sources=[{"name": WITNESS, "url": "https://witness.example"}], summary=WITNESS)
    async with asking(parts, found.spans) as client:
        who = {"user-agent": WITNESS, "x-forwarded-for": "192.0.2.77", "baggage": "who=Witness"}
        await client.post("/v1/incidents?who=Witness", json=told, headers=who)
        await client.get("/v1/incidents/Witness/status?wait=0s", headers=who)
        await client.get("/Witness", headers=who)
    assert len(found.told) == 4
    assert "itness" not in found.text
    assert "192.0.2.77" not in found.text
    assert "publisher" not in found.text
    assert "127.0.0.1" not in found.text
