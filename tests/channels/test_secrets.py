"""No secret is ever shown: one stands in every place, and every failure is looked through."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from services.notifier.channels.config import KINDS, read
from services.notifier.channels.factory import build
from services.notifier.notification import Delivered, Outcome
from services.ports import free_port
from tests.channels.builders import notification
from tests.channels.canary import CANARY, KEY, keep_out
from tests.channels.mailbox import mailing
from tests.channels.receiver import Receiver


def http(receiver: Receiver, host: str | None = None, timeout_s: float = 10) -> dict[str, Any]:
    port = receiver.url.rsplit(":", 1)[1].split("/")[0]
    url = f"http://{host or '127.0.0.1:' + port}/{CANARY}?token={CANARY}"
    timeout = timedelta(seconds=timeout_s)
    return {"url": url, "bearer": CANARY, "allow_private": True, "timeout": timeout}


def channels(
    receiver: Receiver, host: str | None = None, timeout_s: float = 10
) -> list[dict[str, Any]]:
    """Return a configuration of each kind, with the secret in each place that has one."""
    address = http(receiver, host, timeout_s)
    place = address["url"].removeprefix("http://")
    inside = address["url"].replace("http://", f"http://user:{CANARY}@")
    plain = {k: v for k, v in address.items() if k != "bearer"}
    return [
        address | {"kind": "webhook", "secrets": [KEY]},
        plain | {"kind": "webhook", "secrets": [KEY], "url": inside},
        address | {"kind": "alertmanager"},
        {"kind": "cap", "sender": "duty", "post": address},
        {"kind": "apprise", "url": f"json://user:{CANARY}@{place}", "timeout": "2 seconds"},
    ]


async def test_each_kind_is_looked_through(receiver: Receiver) -> None:
    assert {given["kind"] for given in channels(receiver)} == set(KINDS)


async def outcomes(configurations: list[dict[str, Any]]) -> list[Outcome]:
    found = []
    for given in configurations:
        config = read(given)
        channel = build(config)
        keep_out(repr(config), config, config.model_dump(), config.model_dump_json())
        keep_out(repr(channel), repr(vars(channel)))
        found.append(await channel.send(notification()))
        await channel.close()
    keep_out(*found)
    return found


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_whatever_a_receiver_answers_no_secret_is_shown(
    receiver: Receiver, status: int
) -> None:
    async def parrot(request: web.Request) -> web.Response:
        said = f"{request.url} {dict(request.headers)} {CANARY}"
        return web.Response(
            status=status,
            reason=f"No {CANARY}",
            text=said,
            headers={"Location": str(request.url), "Retry-After": CANARY},
        )

    receiver.answering = parrot
    found = await outcomes(channels(receiver))
    assert (set(found) == {Delivered()}) == (status == 200)
    assert len(receiver.got) >= 5
    # It was really there to be shown.
    assert any(CANARY in str(got.headers) + got.path for got in receiver.got)


@pytest.mark.usefixtures("shown")
async def test_whatever_fails_on_the_way_no_secret_is_shown(receiver: Receiver) -> None:
    async def never(_: web.Request) -> web.Response:
        await asyncio.sleep(3)
        return web.Response()

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for answering in (never, hang_up):
        receiver.answering = answering
        assert Delivered() not in await outcomes(channels(receiver, timeout_s=0.3))
    for host in (f"127.0.0.1:{free_port()}", f"{CANARY}.invalid"):
        assert Delivered() not in await outcomes(channels(receiver, host, timeout_s=0.3))


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("line", [f"HTTP/1.1 {CANARY}", CANARY, f"HTTP/1.1 200 OK\r\n{CANARY}"])
async def test_an_answer_that_is_no_http_shows_no_secret(receiver: Receiver, line: str) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{line}\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await outcomes(channels(receiver, host))


@pytest.mark.usefixtures("shown")
async def test_what_is_refused_by_the_guard_shows_no_secret() -> None:
    given = {"kind": "webhook", "secrets": [KEY], "bearer": CANARY}
    (outcome,) = await outcomes([given | {"url": f"https://localhost/{CANARY}"}])
    assert outcome != Delivered()


@pytest.mark.usefixtures("shown")
async def test_mail_shows_no_secret() -> None:
    with mailing() as mailbox:
        place = f"127.0.0.1:{mailbox.port}?from=fw@example.org&to=duty@example.org&mode=insecure"
        config = {"kind": "apprise", "url": f"mailto://user:{CANARY}@{place}"}
        assert await outcomes([config]) == [Delivered()]
        assert mailbox.passwords == [CANARY.encode()]
        mailbox.answer = f"550 no {CANARY}"
        assert await outcomes([config]) != [Delivered()]
    assert await outcomes([config]) != [Delivered()]
