"""Publishing a stream of reports: a status for each line, in constant memory, and resumable."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from schemas.base import RecordRef
from services.gateway.parts import InDoubt, LogAway, Parts
from services.gateway.publishing import pipeline
from services.gateway.publishing.lines import Cutter, TooLong
from services.gateway.publishing.pipeline import Pipeline
from services.records import Outgoing
from tests.builders import raw, report
from tests.gateway.memory import MemoryLog

NDJSON = {"content-type": "application/x-ndjson"}


def lines(count: int, first: int = 0) -> list[bytes]:
    return [raw(report(incident_id=f"I-{n}")) for n in range(first, first + count)]


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in answer.content.splitlines()]


async def send(client: httpx.AsyncClient, body: bytes) -> list[dict[str, Any]]:
    answer = await client.post("/v1/incidents:batch", content=body, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return told(answer)


async def test_each_line_has_its_status_in_order(client: httpx.AsyncClient, log: MemoryLog) -> None:
    plain = report(incident_id="I-5").model_dump_json(exclude_defaults=True).encode()
    long = b'{"summary":"' + b"x" * 300_000 + b'"}'
    body = [*lines(2), b"not json", b"", long, raw(report(incident_id="I-4"), status="x"), plain]

    *statuses, end = await send(client, b"\n".join(body))

    assert [s["line"] for s in statuses] == [1, 2, 3, 4, 5, 6, 7]
    assert [s["status"] for s in statuses] == [
        "accepted",
        "accepted",
        "invalid",
        "empty",
        "too-long",
        "invalid",
        "accepted",
    ]
    assert [s["incident_id"] for s in statuses if "record" in s] == ["I-0", "I-1", "I-5"]
    assert [s["record"] for s in statuses if "record" in s] == [
        ref.model_dump() for ref, _ in log.records
    ]
    assert "not JSON" in statuses[2]["detail"]
    assert statuses[5]["errors"]
    assert end["status"] == "end"
    assert end["lines"] == 7
    assert end["counts"] == {"accepted": 3, "invalid": 2, "empty": 1, "too-long": 1}


async def test_a_batch_that_is_sent_again_is_not_written_again(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    first = await send(client, b"\n".join(lines(500)))
    again = await send(client, b"\n".join(lines(600)))

    assert len(log.records) == 600
    assert [s["record"] for s in again[:500]] == [s["record"] for s in first[:500]]
    assert sum(s.get("repeated", False) for s in again) == 500


async def test_one_line_that_differs_is_a_conflict_and_the_rest_goes_on(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    body = [*lines(1), raw(report(incident_id="I-0", summary="Other.")), *lines(1, 1)]

    statuses = await send(client, b"\n".join(body))

    assert [s["status"] for s in statuses] == ["accepted", "conflict", "accepted", "end"]
    assert len(log.records) == 2


async def test_a_batch_takes_no_key_and_no_other_media_type(client: httpx.AsyncClient) -> None:
    keyed = await client.post(
        "/v1/incidents:batch", content=b"", headers=NDJSON | {"Idempotency-Key": '"k"'}
    )
    other = await client.post("/v1/incidents:batch", json=[])

    assert keyed.status_code == 400
    assert other.status_code == 415


WINDOW = 100
"""A window that is full soon."""


class Held(MemoryLog):
    """Answers when it is told to; counts what is in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[Outgoing, asyncio.Future[RecordRef]]] = []

    def put(self, record: Outgoing) -> "asyncio.Future[RecordRef]":
        future: asyncio.Future[RecordRef] = asyncio.get_running_loop().create_future()
        self.held.append((record, future))
        return future

    def let_go(self, error: Exception | None = None) -> None:
        for record, future in self.held:
            if error is None:
                future.set_result(self._kept(record))
            else:
                future.set_exception(error)
        self.held.clear()


async def body_of(pieces: list[bytes], read: list[int]) -> AsyncIterator[bytes]:
    for n, piece in enumerate(pieces):
        read.append(n)
        yield piece


async def test_no_more_is_read_than_the_window_holds_while_the_log_is_slow(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "WINDOW", WINDOW)
    log, read = Held(), list[int]()
    pieces = [line + b"\n" for line in lines(WINDOW + 500)]
    answer = Pipeline(replace(parts, log=log), "local").run(body_of(pieces, read))
    first = asyncio.ensure_future(anext(answer))
    async with asyncio.timeout(30):
        while len(log.held) < WINDOW:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)

    assert WINDOW <= len(log.held) <= WINDOW + 1
    assert len(read) <= WINDOW + 3
    first.cancel()


async def test_no_more_is_read_from_who_does_not_take_the_answer(parts: Parts) -> None:
    read: list[int] = []
    pieces = [line + b"\n" for line in lines(200)]
    answer = Pipeline(parts, "local").run(body_of(pieces, read))
    await anext(answer)
    await asyncio.sleep(0.2)

    assert len(read) <= 3


async def test_others_are_served_while_a_long_piece_is_judged(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is refused waits for no log, so that nothing else would let others in."""
    monkeypatch.setattr(pipeline, "SLICE_S", 0.0)
    count, served = 500, 0

    async def others() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    async def body() -> AsyncIterator[bytes]:
        yield b"{}\n" * count

    beside = asyncio.create_task(others())
    answer = [told async for told in Pipeline(parts, "local").run(body())]
    beside.cancel()

    assert b"".join(answer).count(b'"invalid"') == count + 1
    assert served >= count


async def test_who_waits_for_an_answer_before_sending_more_gets_it(parts: Parts) -> None:
    log, more = Held(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield lines(1)[0] + b"\n"
        await more.wait()

    answer = Pipeline(replace(parts, log=log), "local").run(body())
    first = asyncio.ensure_future(anext(answer))
    while not log.held:
        await asyncio.sleep(0.01)
    log.let_go()
    async with asyncio.timeout(5):
        assert orjson.loads(await first)["status"] == "accepted"
    more.set()
    assert orjson.loads(await anext(answer))["status"] == "end"


async def test_once_the_log_is_away_nothing_of_the_rest_is_there(parts: Parts) -> None:
    log, more = Held(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"\n".join(lines(3)) + b"\n"
        await more.wait()
        yield b"\n".join(lines(3, 3))

    answer = Pipeline(replace(parts, log=log), "local").run(body())
    first = asyncio.ensure_future(anext(answer))
    while len(log.held) < 3:
        await asyncio.sleep(0.01)
    log.held.pop(0)[1].set_result(RecordRef(topic="incidents", partition=0, offset=0))
    log.held.pop(0)[1].set_exception(InDoubt("no answer"))
    log.let_go(LogAway("no broker answers"))
    got = [await first]
    more.set()
    got += [piece async for piece in answer]
    statuses = [orjson.loads(line) for line in b"".join(got).splitlines()]

    assert [s["status"] for s in statuses] == [
        "accepted",
        "in-doubt",
        *["log-away"] * 4,
        "end",
    ]
    assert log.held == []
    assert "from line 2 on" in statuses[-1]["detail"]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_lines_are_cut_alike_however_they_come(step: int) -> None:
    text = b"a\n\nlonger than it may be\nbcdefgh\r\nijklmnop\nlast"
    cutter = Cutter(8)
    found = [
        line for n in range(0, len(text), step) for line in cutter.feed(text[n : n + step])
    ] + list(cutter.rest())

    assert found == [b"a", b"", TooLong(8), b"bcdefgh", b"ijklmnop", b"last"]
    assert list(Cutter(8).rest()) == []
