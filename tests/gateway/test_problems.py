"""Every failure is told as a problem document (RFC 9457) that says what to do."""

from contextlib import nullcontext
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import create_engine

from services.gateway.app import build, described
from services.gateway.parts import Parts
from services.gateway.problems import KINDS, MEDIA_TYPE, READ_MODEL_AWAY


async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == MEDIA_TYPE
    told = answer.json()
    assert told["type"] == "/v1/problems/not-found"
    assert told["instance"] == "/v1/nothing"
    assert "/openapi.json" in told["detail"]


async def test_another_method_is_a_problem_that_names_the_right_one(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/healthz")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["type"] == "/v1/problems/method-not-allowed"


async def test_a_fault_of_the_gateway_tells_nothing_of_itself(parts: Parts) -> None:
    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    app = build(lambda: nullcontext(parts))
    app.add_api_route("/broken", broken)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.get("/broken")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "swordfish" not in answer.text


async def test_a_gateway_whose_read_model_is_gone_is_not_ready(
    parts: Parts, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/readyz")).status_code == 200

    app = build(
        lambda: nullcontext(
            replace(parts, ledger=create_engine("postgresql+psycopg://127.0.0.1:1/none"))
        )
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as other:
            answer = await other.get("/readyz")
            alive = await other.get("/healthz")

    assert answer.status_code == 503
    assert "read model" in answer.json()["detail"]
    assert alive.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/readyz", None),
        ("GET", "/v1/alerts", None),
        ("GET", "/v1/incidents/I-1/status", None),
        ("POST", "/v1/alerts/A-1/acknowledge", {}),
        ("DELETE", "/v1/silences/silence-1", None),
        ("POST", "/v1/incidents/I-1/retract", {"reason": "a mistake"}),
    ],
)
async def test_a_read_model_that_is_away_is_told_alike_wherever_it_is_asked(
    method: str, path: str, content: object, parts: Parts
) -> None:
    away = create_engine("postgresql+psycopg://127.0.0.1:1/none")
    app = build(lambda: nullcontext(replace(parts, ledger=away)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.request(method, path, json=content)

    assert answer.status_code == 503
    assert answer.json()["type"] == READ_MODEL_AWAY.uri
    assert int(answer.headers["retry-after"]) > 0
    # Where the database is, is nobody's business who only asks.
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("name", KINDS)
def test_the_status_of_a_kind_is_an_error(name: str) -> None:
    assert 400 <= KINDS[name].status <= 599


def test_the_description_tells_of_problems_and_of_nothing_else() -> None:
    told = described()

    assert "Problem" in told["components"]["schemas"]
    assert "HTTPValidationError" not in str(told)


async def test_all_that_can_be_done_at_a_path_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/incidents")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert "expected one of GET, POST" in answer.json()["detail"]
