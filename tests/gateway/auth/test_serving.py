"""The gateway on a socket without any key: it says so, and answers this machine alone."""

import asyncio
import io
import re
from contextlib import nullcontext
from dataclasses import replace

import httpx
import pytest

from services.gateway import serving
from services.gateway.auth import store
from services.gateway.auth.opening import authentication
from services.gateway.parts import Parts
from services.gateway.who import Scope
from services.moments import utc_now
from services.settings import Gateway
from services.terminal import Terminal


@pytest.mark.parametrize("key", [False, True], ids=["no key", "a key"])
async def test_a_gateway_says_who_may_ask(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, key: bool
) -> None:
    if key:
        store.create(parts.own, "a", frozenset({Scope.READ}), utc_now())
    settings = parts.settings.model_copy(update={"gateway": Gateway(port=0)})
    whole = replace(parts, settings=settings, identify=await authentication(settings, parts.own))
    monkeypatch.setattr(serving, "opened", lambda _settings: nullcontext(whole))
    screen = io.StringIO()
    task = asyncio.ensure_future(serving.serve(settings, Terminal(file=screen)))
    try:
        async with asyncio.timeout(20):
            while ("Ctrl-C" not in screen.getvalue()) and not task.done():
                await asyncio.sleep(0.05)
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", screen.getvalue())
        async with httpx.AsyncClient(base_url=url) as client:
            here = await client.get("/v1/audit")
            page = await client.get("/v1/audit", headers={"Origin": "https://evil.example.org"})
            rebound = await client.get("/v1/audit", headers={"Host": "evil.example.org"})
            proxied = await client.get("/v1/audit", headers={"X-Forwarded-For": "10.0.0.1"})
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    answers = [here, page, rebound, proxied]
    assert [a.status_code for a in answers] == ([401] * 4 if key else [200, 403, 403, 403])
    assert ("there is no API key" in screen.getvalue()) == (not key)
    assert all("server" not in a.headers for a in answers)
