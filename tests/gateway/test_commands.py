"""Operators' commands: the caller is the author, and the log has them before they are answered."""

from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine

from schemas.command import SilenceCommand
from schemas.topics import COMMANDS
from schemas.versions import decode
from services.gateway.who import Caller, Scope
from services.ledger.store import Store
from tests.builders import SEGMENT
from tests.gateway.memory import MemoryLog
from tests.ledger.builders import Tape, alert


@pytest.fixture
def known(ledger: Engine) -> str:
    """The id of an alert that the read model has."""
    tape, told = Tape(), alert()
    tape.alert(told)
    tape.feed(Store(ledger))
    return told.alert_id


def said(log: MemoryLog) -> Any:
    ref, record = log.records[-1]
    assert ref.topic == "commands"
    assert record.key == SEGMENT.encode()
    return decode(COMMANDS, record.value)


@pytest.mark.parametrize("kind", ["acknowledge", "unacknowledge", "resolve"])
async def test_a_command_on_an_alert_carries_its_author_and_the_level_that_was_seen(
    client: httpx.AsyncClient, log: MemoryLog, known: str, kind: str
) -> None:
    bare = await client.post(f"/v1/alerts/{known}/{kind}")
    full = await client.post(
        f"/v1/alerts/{known}/{kind}", json={"note": "patrol sent", "level": "critical"}
    )

    assert bare.status_code == full.status_code == 202, full.text
    first = decode(COMMANDS, log.records[0][1].value)
    assert (first.kind, first.alert_id, first.author) == (kind, known, "local")
    assert first.level is alert().level
    assert said(log).level.value == "critical"
    assert said(log).note == "patrol sent"
    assert full.json()["record"] == log.records[1][0].model_dump()


async def test_a_note_needs_words(client: httpx.AsyncClient, log: MemoryLog, known: str) -> None:
    empty = await client.post(f"/v1/alerts/{known}/notes", json={})
    full = await client.post(f"/v1/alerts/{known}/notes", json={"note": "mayor confirms"})

    assert empty.status_code == 422
    assert full.status_code == 202
    assert said(log).note == "mayor confirms"


async def test_an_unknown_alert_takes_no_command(client: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await client.post("/v1/alerts/KGZ-TJK-050-99:x/acknowledge")

    assert answer.status_code == 404
    assert log.records == []


async def test_a_silence_is_made_and_ended_by_its_name(
    client: httpx.AsyncClient, log: MemoryLog, ledger: Engine
) -> None:
    made = await client.post("/v1/silences", json={"segment_id": SEGMENT, "lasts_s": 3600})
    assert made.status_code == 202, made.text
    silence = said(log)
    assert isinstance(silence, SilenceCommand)
    assert (silence.ends - silence.starts).total_seconds() == 3600
    name = made.json()["silence_id"]
    assert (await client.delete(f"/v1/silences/{name}")).status_code == 404

    tape = Tape()
    tape.command(silence)
    tape.feed(Store(ledger))
    ended = await client.delete(f"/v1/silences/{name}?note=over")

    assert ended.status_code == 202
    assert (said(log).kind, said(log).silence_id, said(log).note) == (
        "expire-silence",
        name,
        "over",
    )


@pytest.mark.parametrize(
    "content",
    [
        {"segment_id": SEGMENT},
        {"segment_id": SEGMENT, "lasts_s": 0},
        {"segment_id": SEGMENT, "starts": "2021-04-29T12:00:00Z", "ends": "2021-04-29T11:00:00Z"},
        {"segment_id": SEGMENT, "lasts_s": 60, "transitions": ["resolved"]},
        {"segment_id": "?", "lasts_s": 60},
    ],
)
async def test_a_silence_that_cannot_be_is_refused(
    client: httpx.AsyncClient, log: MemoryLog, content: dict[str, Any]
) -> None:
    assert (await client.post("/v1/silences", json=content)).status_code == 422
    assert log.records == []


async def test_nothing_is_commanded_while_the_log_is_away(
    client: httpx.AsyncClient, log: MemoryLog, known: str
) -> None:
    log.away = True
    answer = await client.post(f"/v1/alerts/{known}/resolve")

    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/incidents", Scope.READ),
        ("POST", "/v1/incidents:batch", Scope.OPERATE),
        ("POST", "/v1/incidents/I-1/revisions", Scope.READ),
        ("POST", "/v1/incidents/I-1/retract", Scope.READ),
        ("GET", "/v1/incidents/I-1/status", Scope.PUBLISH),
        ("POST", "/v1/alerts/a/resolve", Scope.READ),
        ("POST", "/v1/silences", Scope.PUBLISH),
        ("DELETE", "/v1/silences/s", Scope.READ),
    ],
)
async def test_another_scope_is_not_enough(
    client: httpx.AsyncClient, method: str, path: str, scope: Scope
) -> None:
    async def somebody(_request: Request) -> Caller:
        return Caller("somebody", frozenset({scope}))

    app = client._transport.app  # type: ignore[attr-defined]
    app.state.identify = somebody
    content = {"segment_id": SEGMENT, "lasts_s": 60} if "silences" in path else None
    answer = await client.request(method, path, json=content)

    assert answer.status_code == 403
    assert scope.value in answer.json()["detail"]
