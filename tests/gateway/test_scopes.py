"""Every route asks who its caller is, but for the few that tell nobody's secrets."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import Request

from services.gateway.app import build, described
from services.gateway.auth import store
from services.gateway.auth.identify import Authentication
from services.gateway.auth.keyring import Keyring
from services.gateway.parts import Parts
from services.gateway.who import IMPLIED, Caller, Scope
from services.moments import utc_now

PUBLIC = {"/healthz", "/readyz", "/v1/limits"}
"""What anyone may ask: whether the gateway is there, how it is used, and how much it takes."""

OPERATIONS = [
    (method.upper(), path)
    for path, operations in described()["paths"].items()
    for method in operations
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_a_route_says_whether_it_needs_a_key_and_does(
    parts: Parts, method: str, path: str
) -> None:
    store.create(parts.own, "a", frozenset({Scope.ADMIN}), datetime.now(UTC))
    closed = replace(parts, identify=Authentication(Keyring(parts.own), utc_now))
    app = build(lambda: nullcontext(closed))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.request(method, path)

    told = described()["paths"][path][method.lower()]
    assert ("security" in told) == (path not in PUBLIC)
    assert (answer.status_code == 401) == (path not in PUBLIC), answer.text
    if path not in PUBLIC:
        assert {"401", "403", "503"} <= told["responses"].keys()


@pytest.mark.parametrize("scope", Scope)
async def test_a_scope_opens_what_names_it_and_nothing_that_names_another(
    parts: Parts, scope: Scope
) -> None:
    async def identify(_request: Request) -> Caller:
        return Caller("a", frozenset({scope}))

    app = build(lambda: nullcontext(replace(parts, identify=identify)))
    opened = {}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for method, path in OPERATIONS:
                # The stream is endless: an unknown place ends it once it is open.
                answer = await client.request(method, path, params={"segment": "nowhere"})
                opened[method, path] = answer.status_code != 403

    for (method, path), is_open in opened.items():
        told = described()["paths"][path][method.lower()]
        needed = {Scope(name) for one in told.get("security", ()) for name in one["bearer"]}
        assert is_open == (needed <= IMPLIED[scope]), f"{method} {path}"
