"""Publishing one report: every mode, what is refused, and that nothing is written twice."""

import asyncio
import gzip
import resource
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from models.domain import intake
from models.domain.intake import Report
from services.gateway.app import build
from services.gateway.parts import InDoubt, Parts
from services.gateway.publishing.repeats import IN_HAND_FOR, Repeats, State, key_in
from services.gateway.tables import answered
from services.settings import Gateway, Settings
from tests.builders import raw, report, retraction
from tests.gateway.memory import MemoryLog

STRUCTURED = {"content-type": "application/cloudevents+json"}
JSON = {"content-type": "application/json"}


def plain(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = report(**fields).model_dump(mode="json", exclude_defaults=True)
    return found


def as_a_worker_reads(log: MemoryLog) -> list[Report]:
    found = []
    for _, record in log.records:
        read = intake.read(record.key, record.value, dict(record.headers))
        assert isinstance(read, Report), read
        found.append(read)
    return found


async def test_a_structured_event_is_written_as_it_came(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    answer = await client.post("/v1/incidents", content=raw(report()), headers=STRUCTURED)

    assert answer.status_code == 202
    assert answer.headers["location"] == "/v1/incidents/I-1/status"
    ref, record = log.records[0]
    assert answer.json() == {
        "incident_id": "I-1",
        "revision": 1,
        "record": ref.model_dump(),
        "repeated": False,
        "ignored": [],
    }
    assert record.value == raw(report())
    assert abs(record.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_plain_incident_is_put_into_an_event_that_names_the_caller(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    answer = await client.post("/v1/incidents", json=plain())

    assert answer.status_code == 202
    (found,) = as_a_worker_reads(log)
    assert found.event.data == report()
    assert found.event.id == "I-1:1"
    assert found.event.source == "urn:forewarn:publisher:local"


async def test_binary_mode_takes_the_attributes_from_headers(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    headers = JSON | {
        "ce-specversion": "1.0",
        "ce-id": "42",
        "ce-source": "urn:mission%20south",
        "ce-type": "forewarn.incident.v1",
        "ce-time": "2021-04-29T12:00:00Z",
    }

    answer = await client.post("/v1/incidents", content=orjson.dumps(plain()), headers=headers)

    assert answer.status_code == 202
    (found,) = as_a_worker_reads(log)
    assert found.event.source == "urn:mission south"
    assert found.event.data == report()


async def test_fields_that_are_not_known_are_told_and_have_no_effect(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    answer = await client.post("/v1/incidents", json=plain() | {"mood": "tense"})

    assert answer.json()["ignored"] == ["data.mood"]
    assert as_a_worker_reads(log)[0].event.data == report()


@pytest.mark.parametrize(
    ("body", "kind", "status", "told"),
    [
        (b"", "application/json", 400, "not JSON"),
        (b"[1]", "application/json", 422, "expected an incident"),
        (b"{", "application/cloudevents+json", 400, "not JSON"),
        (raw(report(), status="said"), "application/json", 422, "data"),
        (raw(report(start=datetime(2500, 1, 1, tzinfo=UTC))), "application/json", 422, "past"),
        (
            b'{"specversion":"1.0","type":"forewarn.incident.v9"}',
            "application/json",
            422,
            "version 9",
        ),
        (raw(report()), "text/plain", 415, "Content-Type"),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400, "depth limit"),
        (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", "application/json", 422, "deeper"),
        (b"{" + b" " * 262_144 + b"}", "application/json", 413, "262144"),
    ],
)
async def test_what_a_worker_would_reject_is_refused_and_not_written(
    client: httpx.AsyncClient, log: MemoryLog, body: bytes, kind: str, status: int, told: str
) -> None:
    answer = await client.post("/v1/incidents", content=body, headers={"content-type": kind})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text
    assert log.records == []


DEEP = b"[" * 900 + b"]" * 900


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/incidents/I-1/revisions", b'{"revision":1,"actors":' + DEEP + b"}"),
        ("/v1/incidents/I-1/revisions", b'{"incident_id":' + DEEP + b"}"),
        ("/v1/incidents/I-1/retract", b'{"reason":' + DEEP + b"}"),
        ("/v1/incidents/I-1/retract", b'{"reason":"a rumour","revision":' + DEEP + b"}"),
        ("/v1/silences", b'{"segment_id":' + DEEP + b"}"),
    ],
)
async def test_what_is_nested_too_deeply_is_refused_wherever_it_is_sent(
    client: httpx.AsyncClient, log: MemoryLog, path: str, body: bytes
) -> None:
    answer = await client.post(path, content=body, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert "nested deeper" in answer.json()["detail"]
    assert log.records == []


async def test_a_body_that_does_not_say_its_length_is_counted_while_it_is_read(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b" " * 65_536

    answer = await client.post("/v1/incidents", content=endless(), headers=JSON)

    assert answer.status_code == 413


async def test_a_field_at_fault_is_named_with_what_was_found_and_expected(
    client: httpx.AsyncClient,
) -> None:
    wrong = plain()
    wrong["place"]["latitude"] = 123
    answer = await client.post("/v1/incidents", json=wrong)

    (error,) = answer.json()["errors"]
    assert error["field"] == "data.place.latitude"
    assert error["value"] == "123"


async def test_a_report_that_is_sent_again_is_not_written_again(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    first = await client.post("/v1/incidents", json=plain())
    again = await client.post("/v1/incidents", content=raw(report()), headers=STRUCTURED)

    assert again.status_code == 202
    assert again.json()["repeated"] is True
    assert again.json()["record"] == first.json()["record"]
    assert len(log.records) == 1


async def test_other_content_under_a_known_revision_is_a_conflict(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    await client.post("/v1/incidents", json=plain())
    answer = await client.post("/v1/incidents", json=plain(summary="Stones."))

    assert answer.status_code == 409
    assert "as revision 2" in answer.json()["detail"]
    assert len(log.records) == 1


async def test_nothing_is_accepted_while_the_log_is_away(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    log.away = True
    answer = await client.post("/v1/incidents", json=plain())
    log.away = False
    again = await client.post("/v1/incidents", json=plain())

    assert answer.status_code == 503
    assert answer.json()["type"] == "/v1/problems/log-away"
    assert answer.headers["retry-after"] == "2"
    assert again.json()["repeated"] is False


async def test_a_revision_says_which_one_it_replaces(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    await client.post("/v1/incidents", json=plain())
    where = "/v1/incidents/I-1/revisions"
    body = plain(status="corrected", status_reason="wrong village", revision=1)
    del body["revision"], body["incident_id"]

    unsaid = await client.post(where, json=body)
    said = await client.post(where, json=body, headers={"If-Match": '"1"'})
    stale = await client.post(where, json=body, headers={"If-Match": '"1"'})
    raced = await client.post(where, json=body | {"revision": 2, "summary": "Other."})

    assert unsaid.status_code == 428
    assert "revision 2" in unsaid.json()["detail"]
    assert said.status_code == 202
    assert said.json()["revision"] == 2
    assert stale.status_code == raced.status_code == 409
    assert 'If-Match: "2"' in stale.json()["detail"]
    assert "as revision 3" in raced.json()["detail"]
    assert len(log.records) == 2


async def test_of_two_who_correct_at_once_one_learns_of_the_other(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    await client.post("/v1/incidents", json=plain())
    bodies = [
        plain(revision=2, status="corrected", status_reason="r", summary=f"By {n}.")
        for n in range(8)
    ]
    answers = await asyncio.gather(
        *(client.post("/v1/incidents/I-1/revisions", json=body) for body in bodies)
    )

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert len(log.records) == 2


async def test_another_incident_than_the_path_names_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/incidents/I-2/revisions", json=plain(revision=2))

    assert answer.status_code == 422
    assert "'I-2'" in answer.json()["detail"]


async def test_a_retraction_takes_the_incident_back(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    await client.post("/v1/incidents", json=plain(incident_id="a/b", traffic="exercise"))
    where = "/v1/incidents/a%2Fb/retract"

    said = await client.post(where, json={"reason": "a rumour"}, headers={"If-Match": '"1"'})
    unknown = await client.post("/v1/incidents/I-9/retract", json={"reason": "r", "revision": 2})
    wordless = await client.post(where, json={"revision": 3})

    assert said.status_code == 202, said.text
    expected = retraction(incident_id="a/b", status_reason="a rumour", traffic="exercise")
    assert as_a_worker_reads(log)[1].event.data == expected
    assert unknown.status_code == 404
    assert wordless.status_code == 422


async def test_a_key_gets_the_answer_that_it_had(client: httpx.AsyncClient, log: MemoryLog) -> None:
    key = {"Idempotency-Key": '"8e03978e"'}
    first = await client.post("/v1/incidents", json=plain(), headers=key)
    again = await client.post("/v1/incidents", json=plain(), headers=key)

    assert again.status_code == first.status_code == 202
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert "GMT" in first.headers["idempotency-expires"]
    assert len(log.records) == 1


async def test_a_key_of_another_request_is_refused(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": '"8e03978e"'}
    await client.post("/v1/incidents", json=plain(), headers=key)
    answer = await client.post("/v1/incidents", json=plain(incident_id="I-2"), headers=key)

    assert answer.status_code == 422
    assert "another request" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["8e03978e", '""', '"é"', '"a', '"' + "x" * 256 + '"', '"a" "b"'])
async def test_a_malformed_key_is_refused(
    client: httpx.AsyncClient, log: MemoryLog, key: str
) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = await client.post("/v1/incidents", json=plain(), headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 400
    assert log.records == []


def test_a_key_may_hold_what_a_string_may_hold() -> None:
    assert key_in(r'"a\"b\\c"') == r"a\b\c".replace("\\b", '"b')


async def test_a_key_whose_first_request_is_in_hand_is_a_conflict(parts: Parts) -> None:
    sending: asyncio.Event = asyncio.Event()

    class Slow(MemoryLog):
        def put(self, record: Any) -> Any:
            sending.set()
            return asyncio.ensure_future(self._later(record))

        async def _later(self, record: Any) -> Any:
            await asyncio.sleep(0.3)
            return await MemoryLog.put(self, record)

    app = build(lambda: nullcontext(replace(parts, log=Slow())))
    key = {"Idempotency-Key": '"k"'}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as slow:
            first = asyncio.create_task(slow.post("/v1/incidents", json=plain(), headers=key))
            await sending.wait()
            second = await slow.post("/v1/incidents", json=plain(), headers=key)
            assert (await first).status_code == 202
            third = await slow.post("/v1/incidents", json=plain(), headers=key)

    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    assert third.headers["idempotency-replayed"] == "true"


async def test_a_key_under_which_nothing_was_accepted_may_be_used_again(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    key = {"Idempotency-Key": '"k"'}
    log.away = True
    away = await client.post("/v1/incidents", json=plain(), headers=key)
    log.away = False
    again = await client.post("/v1/incidents", json=plain(), headers=key)

    assert away.status_code == 503
    assert again.status_code == 202


async def test_a_crash_before_the_answer_was_kept_leaves_a_key_that_can_be_used_again(
    client: httpx.AsyncClient, own: Engine, log: MemoryLog
) -> None:
    """The report is then in the log, perhaps twice, and counts once."""
    key = {"Idempotency-Key": '"k"'}
    first = await client.post("/v1/incidents", json=plain(), headers=key)
    with own.begin() as connection:
        # As the crash leaves it, a while ago.
        connection.execute(
            answered.update().values(response=None, expires_at=datetime.now(UTC) - IN_HAND_FOR)
        )
    again = await client.post("/v1/incidents", json=plain(), headers=key)

    assert again.status_code == 202
    assert again.json()["record"] == first.json()["record"]
    assert len({r.event.data for r in as_a_worker_reads(log)}) == 1


async def test_a_key_of_a_request_that_replaces_another_revision_is_refused(
    client: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": '"k"'}
    await client.post("/v1/incidents", json=plain())
    changed = plain(status="corrected", status_reason="why")
    del changed["revision"]
    where = "/v1/incidents/I-1/revisions"
    first = await client.post(where, json=changed, headers=key | {"If-Match": '"1"'})
    second = await client.post(where, json=changed, headers=key | {"If-Match": '"2"'})

    assert (first.status_code, second.status_code) == (202, 422)


def _away(*_what: object) -> None:
    raise OperationalError("UPDATE", None, Exception("away"))


async def test_what_is_in_the_log_is_accepted_whatever_becomes_of_its_key(
    client: httpx.AsyncClient, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Repeats, "keep", _away)
    key = {"Idempotency-Key": '"k"'}
    answer = await client.post("/v1/incidents", json=plain(), headers=key)

    assert answer.status_code == 202
    assert "idempotency-expires" not in answer.headers
    assert len(log.records) == 1


async def test_a_doubt_is_told_whatever_becomes_of_its_key(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Doubtful(MemoryLog):
        def put(self, record: Any) -> Any:
            future = super().put(record)
            doubtful = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda _: doubtful.set_exception(InDoubt("no answer")))
            return doubtful

    monkeypatch.setattr(Repeats, "release", _away)
    app = build(lambda: nullcontext(replace(parts, log=Doubtful())))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            key = {"Idempotency-Key": '"k"'}
            answer = await client.post("/v1/incidents", json=plain(), headers=key)

    assert answer.status_code == 504


def test_an_answer_that_comes_late_is_not_kept_under_anothers_key(own: Engine) -> None:
    """A broker that is away for more than a minute holds a request longer than its key."""
    kept = Repeats(own, timedelta(hours=24))
    now = datetime.now(UTC)
    kept.begin("local", "k", b"first", now)
    kept.begin("local", "k", b"second", now + IN_HAND_FOR)
    kept.keep("local", "k", b"first", b"answer", now + timedelta(hours=24))
    kept.release("local", "k", b"first")

    found = kept.begin("local", "k", b"second", now + IN_HAND_FOR)
    assert found.state is State.IN_HAND


def test_what_has_expired_is_deleted_in_passing(own: Engine) -> None:
    kept = Repeats(own, timedelta(hours=24))
    now = datetime.now(UTC)
    for n in range(3):
        kept.begin("local", f"k{n}", b"1", now)
        kept.keep("local", f"k{n}", b"1", b"answer", now + timedelta(hours=24))

    assert kept.begin("other", "k0", b"2", now).state is State.NEW
    assert kept.begin("local", "k0", b"1", now).state is State.ANSWERED
    assert kept.begin("local", "k9", b"1", now + timedelta(hours=25)).state is State.NEW
    with own.begin() as connection:
        assert len(connection.execute(select(answered)).all()) == 1


async def test_who_asks_too_fast_is_told_when_to_come_again(
    parts: Parts, settings: Settings
) -> None:
    slow = settings.model_copy(update={"gateway": Gateway(rate=0.5, burst=2)})
    app = build(lambda: nullcontext(replace(parts, settings=slow)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answers = [await client.post("/v1/incidents", json=plain()) for _ in range(3)]
            limits = await client.get("/v1/limits")

    assert [a.status_code for a in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 2
    assert limits.json()["burst"] == 2
    assert limits.json()["idempotency_key_seconds"] == 86_400


@pytest.mark.parametrize("mode", ["structured", "binary", "batch"])
async def test_who_reported_is_sealed_before_it_is_written(
    client: httpx.AsyncClient, log: MemoryLog, mode: str
) -> None:
    named = report(sources=[{"name": "Major Tom"}])
    headers = STRUCTURED
    body, where = raw(named), "/v1/incidents"
    if mode == "batch":
        where, headers = "/v1/incidents:batch", {"content-type": "application/x-ndjson"}
    if mode == "binary":
        body = orjson.dumps(orjson.loads(body)["data"])
        headers = JSON | {
            "ce-specversion": "1.0",
            "ce-id": "42",
            "ce-source": "urn:test",
            "ce-type": "forewarn.incident.v1",
            "ce-time": "2021-04-29T12:00:00Z",
        }
    for _ in range(2):
        answer = await client.post(where, content=body, headers=headers)
        assert answer.status_code in (200, 202), answer.text

    (found,) = as_a_worker_reads(log)
    assert b"Major Tom" not in log.records[0][1].value
    assert b'"sealed"' in log.records[0][1].value
    assert found.event.data != named


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents:batch"])
async def test_a_compressed_body_is_not_unpacked(
    path: str, client: httpx.AsyncClient, log: MemoryLog
) -> None:
    packed = gzip.compress(b" " * 100_000_000 + raw(report()))
    assert len(packed) < 200_000
    kind = "application/x-ndjson" if path.endswith("batch") else STRUCTURED["content-type"]
    headers = {"content-type": kind, "content-encoding": "gzip"}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await client.post(path, content=packed, headers=headers)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert b'"status":202' not in answer.content
    assert answer.status_code != 202
    assert log.records == []
    assert grown < 50_000
