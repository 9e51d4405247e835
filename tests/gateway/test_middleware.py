"""What happens to every request: its id, its line in the log, the headers, the origins."""

import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog
from starlette.responses import HTMLResponse, StreamingResponse

from services import logs
from services.gateway.app import build
from services.gateway.middleware.hardened import DEFAULTS
from services.gateway.parts import Parts
from services.gateway.who import Reader
from services.settings import Gateway
from tests.channels.canary import CANARY


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the gateway writes to standard error."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    before = structlog.get_config()
    logs.as_lines()
    yield written
    structlog.configure(**before)


def _page() -> HTMLResponse:
    return HTMLResponse("<p>", headers={"Content-Security-Policy": "default-src 'self'"})


def _broken(secret: str) -> None:
    kept = f"{CANARY}-{secret}"
    raise RuntimeError(f"{len(kept)}")


def _thing(thing_id: str, _caller: Reader) -> dict[str, str]:
    return {"id": thing_id}


def _stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"three"

    return StreamingResponse(parts())


@asynccontextmanager
async def _serving(parts: Parts, **gateway: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = parts.settings.model_copy(update={"gateway": Gateway(**gateway)})
    app = build(lambda: nullcontext(replace(parts, settings=settings)))
    for path, endpoint in (
        ("/page", _page),
        ("/broken", _broken),
        ("/things/{thing_id}", _thing),
        ("/stream", _stream),
    ):
        app.add_api_route(path, endpoint, response_model=None)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client


PATHS = ["/healthz", "/things/7", "/nothing", "/broken?secret=x", "/stream", "/v1/audit?limit=0"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_response_has_an_id_and_the_security_headers(parts: Parts, path: str) -> None:
    async with _serving(parts) as client:
        taken = await client.get(path, headers={"X-Request-Id": "from-me.7"})
        made = [(await client.get(path)).headers["x-request-id"] for _ in range(2)]

    assert taken.headers["x-request-id"] == "from-me.7"
    assert len(set(made)) == 2
    for name, value in DEFAULTS.items():
        assert taken.headers[name] == value
    assert "strict-transport-security" not in taken.headers
    assert "access-control-allow-origin" not in taken.headers


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", "a\tb", "<script>", '{"x":1}', "ä"])
async def test_an_id_that_is_not_well_formed_is_not_taken_over(parts: Parts, given: str) -> None:
    async with _serving(parts) as client:
        answer = await client.get("/healthz", headers=[(b"X-Request-Id", given.encode())])
    assert len(answer.headers["x-request-id"]) == 32


async def test_a_line_of_the_log_tells_the_request_and_nothing_that_may_be_secret(
    parts: Parts, lines: io.StringIO
) -> None:
    async with _serving(parts) as client:
        headers = {"X-Request-Id": "r-1", "Authorization": f"Bearer {CANARY}"}
        await client.get(f"/things/{CANARY}?last_event_id={CANARY}", headers=headers)
        await client.get(f"/{CANARY}")
        await client.get("/stream")
        await client.get(f"/broken?secret={CANARY}", headers={"X-Request-Id": "r-2"})

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    first, unknown, stream, fault, broken = told
    assert {k: v for k, v in first.items() if k not in ("duration_s", "timestamp")} == {
        "event": "request",
        "level": "info",
        "request_id": "r-1",
        "method": "GET",
        "path": "/things/{thing_id}",
        "status": 200,
        "caller": "local",
        "bytes": len(CANARY) + len('{"id":""}'),
    }
    assert 0 <= first["duration_s"] < 10
    assert (unknown["path"], unknown["status"], unknown["caller"]) == ("(no such path)", 404, None)
    assert stream["bytes"] == len(b"onethree")
    assert (fault["request_id"], broken["request_id"], broken["status"]) == ("r-2", "r-2", 500)
    assert "\nRuntimeError" in fault["exception"]
    assert CANARY not in lines.getvalue()


async def test_a_page_keeps_a_policy_of_its_own(parts: Parts) -> None:
    async with _serving(parts) as client:
        answer = await client.get("/page")
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_behind_tls_browsers_are_told_to_insist(parts: Parts) -> None:
    async with _serving(parts, behind_tls=True) as client:
        for path in ("/healthz", "/nothing", "/broken?secret=x"):
            answer = await client.get(path)
            assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_only_pages_of_allowed_origins_may_ask(parts: Parts) -> None:
    allowed = "https://map.example.org"
    wish = {"Access-Control-Request-Method": "POST"}
    async with _serving(parts, cors_origins=f"{allowed}, https://two.example.org") as client:
        for origin, may in ((allowed, True), ("https://evil.example.org", False), ("null", False)):
            asked = await client.get("/healthz", headers={"Origin": origin})
            assert asked.headers.get("access-control-allow-origin") == (origin if may else None)
            before = await client.options("/healthz", headers={"Origin": origin, **wish})
            assert (before.status_code == 200) == may
            assert "access-control-allow-credentials" not in before.headers


@pytest.mark.parametrize("value", ["*", "map.example.org", "https://a.org/x", "javascript:1"])
def test_an_origin_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="expected origins"):
        Gateway(cors_origins=value)
