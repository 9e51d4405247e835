"""What comes of a post: only a 2xx answer counts, and a receiver cannot hold us up."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.notifier.channels.posting import BODY_LIMIT, LONGEST_WAIT, Answer, Poster, waits
from services.notifier.notification import Delivered, TryAgain
from services.ports import free_port
from tests.channels.receiver import Receiver, receiving

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def post(url: str, seconds: float = 5, *, allow_private: bool = True) -> Answer | TryAgain:
    poster = Poster(
        SecretStr(url),
        timeout=timedelta(seconds=seconds),
        allow_private=allow_private,
        clock=lambda: NOW,
    )
    try:
        return await poster.post(b"{}", {})
    finally:
        await poster.close()


async def outcome(url: str, seconds: float = 5) -> Delivered | TryAgain:
    answer = await post(url, seconds)
    return answer.outcome() if isinstance(answer, Answer) else answer


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_delivered(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert await outcome(receiver.url) == Delivered()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_that_says_so_and_nobody_follows_it(
    receiver: Receiver, status: int
) -> None:
    async with receiving() as private:
        receiver.status, receiver.headers = status, {"Location": private.url}
        found = await outcome(receiver.url)
        assert private.got == []
    assert isinstance(found, TryAgain)
    assert "redirects are not followed" in found.reason
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        ("9" * 5000, LONGEST_WAIT),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOW + timedelta(days=300), usegmt=True), LONGEST_WAIT),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), timedelta()),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_a_receiver_can_ask_us_to_wait_an_hour_at_most(
    receiver: Receiver, said: str, expected: timedelta | None
) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": said}
    found = await outcome(receiver.url)
    assert isinstance(found, TryAgain)
    assert found.after == expected


@given(st.text())
def test_whatever_stands_in_retry_after_is_read_or_ignored(said: str) -> None:
    wait = waits(said, NOW)
    assert wait is None or timedelta() <= wait <= LONGEST_WAIT


async def test_a_receiver_that_does_not_answer_is_given_up_in_time(receiver: Receiver) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    receiver.answering = never
    found = await outcome(receiver.url, seconds=0.2)
    assert found == TryAgain("no answer in time")


async def test_an_endless_body_is_not_read_to_its_end(receiver: Receiver) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        while sent < 100 * BODY_LIMIT:
            await response.write(b"x" * BODY_LIMIT)
            sent += BODY_LIMIT
            await asyncio.sleep(0.01)
        return response

    receiver.answering = endless
    assert await outcome(receiver.url) == Delivered()
    assert sent < 50 * BODY_LIMIT


async def test_a_body_that_stops_half_way_does_not_hold_us_up(receiver: Receiver) -> None:
    async def stuck(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200, headers={"Content-Length": "100"})
        await response.prepare(request)
        await asyncio.sleep(30)
        return response

    receiver.answering = stuck
    async with asyncio.timeout(5):
        assert await outcome(receiver.url, seconds=20) == Delivered()


async def test_a_receiver_that_is_not_there_is_tried_again() -> None:
    found = await outcome(f"http://127.0.0.1:{free_port()}/")
    assert found == TryAgain("no connection could be made")


async def test_a_connection_that_breaks_off_is_tried_again(receiver: Receiver) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    receiver.answering = hang_up
    found = await outcome(receiver.url)
    assert isinstance(found, TryAgain)
    assert "connection failed" in found.reason


async def test_a_name_that_does_not_exist_is_tried_again() -> None:
    found = await outcome("http://no-such-host.invalid/")
    assert found == TryAgain("the receiver's name could not be resolved")


async def test_only_a_certificate_that_the_system_trusts_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    app = web.Application()

    async def fine(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_post("/", fine)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        url = f"https://127.0.0.1:{port}/"
        assert await outcome(url) == TryAgain("the receiver's certificate is not trusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await outcome(url) == Delivered()
        other = await outcome(f"https://localhost:{port}/")
        assert other == TryAgain("the receiver's certificate is not trusted")
    finally:
        await runner.cleanup()
