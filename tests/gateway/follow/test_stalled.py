"""Clients that stop in the middle of a request are let go; those that wait for us are not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request

from services.gateway.following import connection
from services.gateway.serving import listening
from services.settings import Gateway

STALLED_S = 0.3


async def _slow() -> dict[str, bool]:
    await asyncio.sleep(3 * STALLED_S)
    return {"slow": True}


async def _body(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@pytest_asyncio.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connection, "STALLED_S", STALLED_S)
    app = FastAPI()
    app.add_api_route("/slow", _slow)
    app.add_api_route("/body", _body, methods=["POST"])
    async with listening(app, Gateway(port=0)) as (found, _):
        yield found


async def sent(port: int, *parts: bytes, pause: float = STALLED_S / 3) -> bytes:
    """Send the parts of a request with pauses between; return what is answered until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        async with asyncio.timeout(10 * STALLED_S):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"POST /body HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 8\r\n\r\n"


async def test_one_that_says_nothing_is_let_go(port: int) -> None:
    assert await sent(port) == b""


async def test_one_that_drips_its_head_is_let_go(port: int) -> None:
    assert await sent(port, *(b"G",) * 5, b"ET /slow HTTP/1.1\r\nhost: x\r\n\r\n") == b""


async def test_one_that_stops_in_its_body_is_let_go(port: int) -> None:
    assert await sent(port, HEAD, b"1234") == b""


async def test_a_body_that_goes_on_slowly_is_read_to_its_end(port: int) -> None:
    told = await sent(port, HEAD, *(b"%d" % n for n in range(8)))
    assert told.endswith(b'{"bytes":8}')


async def test_one_that_waits_for_our_answer_gets_it(port: int) -> None:
    asked = b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert (await sent(port, asked)).endswith(b'{"slow":true}')
