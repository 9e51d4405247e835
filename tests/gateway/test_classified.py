"""No answer to a reader holds a classified field: every GET route of the description is asked."""

import asyncio
import re
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine

from schemas.command import NoteCommand
from schemas.observation import AssertObservation, RetractObservation
from schemas.topics import OBSERVATIONS
from services.gateway.app import build, described
from services.gateway.parts import Parts
from services.gateway.who import Caller, Scope
from services.ledger.queries import Queries
from services.ledger.store import Store
from tests.builders import NOON, SEGMENT, effect, report
from tests.ledger.builders import BORDER, Tape, alert

CANARY = "Sentinel-Witness"
SOURCE = {"name": CANARY, "url": f"https://{CANARY}.example.org"}

KNOWN = {
    "segment_id": SEGMENT,
    "area_id": SEGMENT,
    "border_id": BORDER,
    "incident_id": "I-1",
    "alert_id": "A-1",
}
"""What a path's parameters are called, and what of each there is."""

ANSWER_S = 10
"""How long an answer that is no stream may take [s]."""


def _operations() -> list[tuple[str, dict[str, Any]]]:
    return [(p, ops["get"]) for p, ops in described()["paths"].items() if "get" in ops]


def _is_stream(operation: dict[str, Any]) -> bool:
    return "text/event-stream" in operation["responses"].get("200", {}).get("content", {})


@pytest.fixture
def filled(ledger: Engine) -> None:
    """A read model in which every classified field that is kept holds the canary."""
    tape = Tape()
    tape.report(report(sources=(SOURCE,)))
    tape.report(report(sources=(SOURCE,), revision=2, sealed=CANARY))
    tape.assess()
    tape.alert(alert())
    note = {"segment_id": SEGMENT, "alert_id": "A-1", "author": CANARY, "note": CANARY}
    tape.command(NoteCommand.model_validate(note | {"kind": "note"}))
    tape.feed(Store(ledger))


@pytest.mark.usefixtures("filled")
def test_what_is_looked_for_is_there(ledger: Engine) -> None:
    assert CANARY in repr(Queries(ledger, classified=True).incidents(SEGMENT))
    assert CANARY not in repr(Queries(ledger).incidents(SEGMENT))


def _asked(path: str) -> str:
    return re.sub(r"\{(\w+)(:path)?\}", lambda m: KNOWN.get(m[1], "x"), path)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("path", "operation"), _operations(), ids=lambda o: o if isinstance(o, str) else ""
)
async def test_no_answer_to_a_reader_names_who_reported_or_commanded(
    parts: Parts, path: str, operation: dict[str, Any]
) -> None:
    if _is_stream(operation):
        pytest.skip(f"{path}: a stream, which has tests of its own")

    async def identify(_request: Request) -> Caller:
        return Caller("reader", frozenset({Scope.READ}))

    app = build(lambda: nullcontext(replace(parts, identify=identify)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await asyncio.wait_for(client.get(_asked(path)), ANSWER_S)

    assert answer.status_code < 500
    assert CANARY.lower() not in f"{answer.text} {dict(answer.headers)}".lower()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("scope", "seen"), [(Scope.READ, False), (Scope.OPERATE, True)])
async def test_a_reader_is_not_told_fingerprints_by_which_names_can_be_tried_out(
    parts: Parts, ledger: Engine, scope: Scope, seen: bool
) -> None:
    async def identify(_request: Request) -> Caller:
        return Caller("somebody", frozenset({scope}))

    tape = Tape()
    there = {"segment_id": SEGMENT, "traffic": "actual", "recorded_at": NOON}
    counts = effect("I-2").model_copy(update={"publisher": "a" * 16, "sources": ("b" * 16,)})
    cause = tape.incident(report(incident_id="I-2"))
    tape.add(OBSERVATIONS, AssertObservation(**there, cause=cause, effect=counts))
    retracted = RetractObservation(**there, cause=cause, replaces=counts, reason="moved")
    tape.add(OBSERVATIONS, retracted.model_copy(update={"segment_id": f"{SEGMENT}1"}))
    Store(ledger).clear()
    tape.feed(Store(ledger))
    app = build(lambda: nullcontext(replace(parts, identify=identify)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.get("/v1/incidents/I-2")

    assert len(answer.json()["effects"]) == 2
    assert ("a" * 16 in answer.text, "b" * 16 in answer.text) == (seen, seen)
