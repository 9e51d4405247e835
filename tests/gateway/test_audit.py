"""Every change leaves one row: who, what, subject, outcome; reading it takes an administrator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine, text
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from services.gateway import exchange, problems
from services.gateway.app import build
from services.gateway.auditing import Entry
from services.gateway.parts import Parts
from services.gateway.problems import Problem
from services.gateway.who import Caller, Publisher, Scope
from tests.builders import NOON, report
from tests.channels.canary import CANARY

SOURCE = {"name": CANARY, "url": f"https://{CANARY}.example.org"}


async def _publish(_caller: Publisher, request: Request) -> str:
    exchange.about(request, "I-9")
    return CANARY


async def _revise(incident_id: str, _caller: Publisher) -> str:
    return incident_id


async def _refuse(_caller: Publisher) -> None:
    raise Problem(problems.INVALID, f"no {CANARY}")


async def _hurry(_caller: Publisher) -> None:
    raise Problem(problems.TOO_MANY, "later")


async def _break(_caller: Publisher) -> None:
    raise RuntimeError(CANARY)


async def _batch(_caller: Publisher, request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"1"
        exchange.about(request, "2 reports")
        yield b"2"

    return StreamingResponse(lines())


async def _hang(_caller: Publisher) -> None:
    await asyncio.sleep(60)


def _routes(app: FastAPI) -> None:
    app.add_api_route("/incidents", _publish, methods=["POST"], operation_id="publish")
    app.add_api_route("/incidents/{incident_id}/revise", _revise, methods=["POST", "GET"])
    for path, endpoint in (
        ("/refuse", _refuse),
        ("/hurry", _hurry),
        ("/break", _break),
        ("/batch", _batch),
        ("/hang", _hang),
    ):
        app.add_api_route(path, endpoint, methods=["POST"], response_model=None)


@asynccontextmanager
async def _as(parts: Parts, *scopes: Scope) -> AsyncIterator[httpx.AsyncClient]:
    async def identify(_request: Request) -> Caller:
        if not scopes:
            raise Problem(problems.UNAUTHENTICATED, "who?")
        return Caller("ms-x", frozenset(scopes))

    app = build(lambda: nullcontext(replace(parts, identify=identify, clock=lambda: NOON)))
    _routes(app)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client


def _told(parts: Parts) -> list[tuple[str, str, str, str]]:
    return [(e.caller, e.action, e.subject, e.outcome) for e in parts.audit.page(0, 100)]


async def test_every_request_that_may_change_something_leaves_one_row(parts: Parts) -> None:
    async with _as(parts, Scope.PUBLISH) as client:
        for path in ("/incidents", "/incidents/I-1/revise", "/refuse", "/break", "/batch"):
            await client.post(path, content=CANARY, headers={"X-Request-Id": f"r{path[:4]}"[1:]})
        await client.post("/v1/incidents/I-2/erase-sources")

    assert _told(parts) == [
        ("ms-x", "publish", "I-9", "200"),
        ("ms-x", "POST /incidents/{incident_id}/revise", "I-1", "200"),
        ("ms-x", "POST /refuse", "-", "422"),
        ("ms-x", "POST /break", "-", "500"),
        ("ms-x", "POST /batch", "2 reports", "200"),
        ("ms-x", "eraseSources", "I-2", "403"),
    ]
    assert CANARY not in repr(parts.audit.page(0, 100))


async def test_what_changes_nothing_leaves_none(parts: Parts) -> None:
    async with _as(parts, Scope.PUBLISH) as client:
        await client.get("/incidents/I-1/revise")
        await client.post("/hurry")
        await client.post("/nowhere")
    async with _as(parts) as client:
        await client.post("/incidents")
    assert _told(parts) == []


async def test_a_request_whose_client_has_gone_leaves_a_row_too(parts: Parts) -> None:
    async with _as(parts, Scope.PUBLISH) as client:
        asking = asyncio.ensure_future(client.post("/hang"))
        await asyncio.sleep(0.3)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert _told(parts) == [("ms-x", "POST /hang", "-", "broken off")]


async def test_a_row_that_cannot_be_written_stands_in_the_log(parts: Parts, own: Engine) -> None:
    with own.begin() as connection:
        connection.execute(text("DROP TABLE gateway_audit"))
    with capture_logs() as logged:
        async with _as(parts, Scope.PUBLISH) as client:
            assert (await client.post("/incidents")).status_code == 200
    (lost,) = [line for line in logged if line["event"] == "the audit cannot be written"]
    assert (lost["caller"], lost["subject"]) == ("ms-x", "I-9")


async def test_the_audit_is_read_page_by_page_by_administrators_alone(parts: Parts) -> None:
    for n in range(5):
        await parts.audit.record("ms-y", "act", f"I-{n}\x00", "200", "r")
    async with _as(parts, Scope.OPERATE) as client:
        assert (await client.get("/v1/audit")).status_code == 403
    async with _as(parts, Scope.ADMIN) as client:
        first = (await client.get("/v1/audit?limit=3")).json()
        rest = (await client.get(f"/v1/audit?limit=3&after={first['next_after']}")).json()
        assert (await client.get("/v1/audit?limit=0")).status_code == 422

    entries = [Entry.model_validate(e) for e in first["entries"] + rest["entries"]]
    assert [e.number for e in entries] == [1, 2, 3, 4, 5]
    assert entries[0].subject == "I-0\ufffd"
    assert rest["next_after"] is None


async def test_an_erasure_is_asked_for_by_administrators_and_audited(parts: Parts) -> None:
    said = report(incident_id="MISSION/7", sources=(SOURCE,))
    sealed = parts.sealing.seal(said)
    assert parts.sealing.unseal(sealed) == said
    async with _as(parts, Scope.OPERATE) as client:
        assert (await client.post("/v1/incidents/MISSION/7/erase-sources")).status_code == 403
    async with _as(parts, Scope.ADMIN) as client:
        answers = [await client.post("/v1/incidents/MISSION/7/erase-sources") for _ in range(2)]
        unknown = await client.post("/v1/incidents/I-404/erase-sources")

    assert [a.json()["erased"] for a in answers] == [True, False]
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/v1/problems/not-found")
    assert CANARY not in repr(parts.sealing.unseal(sealed))
    assert [row[2:] for row in _told(parts)] == [
        ("MISSION/7", "403"),
        ("MISSION/7", "200"),
        ("MISSION/7", "200"),
        ("I-404", "404"),
    ]
