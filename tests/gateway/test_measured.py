"""What the gateway tells of requests: by template, method and status, never by what is named."""

from contextlib import nullcontext

import httpx
import pytest

from services.gateway.app import build
from services.gateway.parts import Parts


async def asked(parts: Parts, *requests: tuple[str, str]) -> None:
    """Ask a gateway."""
    app = build(lambda: nullcontext(parts))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for method, path in requests:
                await client.request(method, path)


def value(parts: Parts, name: str, **labels: str) -> float | None:
    return parts.meters.registry.get_sample_value(f"forewarn_http_{name}", labels)


@pytest.mark.parametrize("count", [1, 3])
async def test_requests_are_counted_by_the_template_of_their_path(parts: Parts, count: int) -> None:
    route = {"method": "GET", "route": "/v1/incidents/{incident_id}"}
    await asked(parts, *(("GET", f"/v1/incidents/I-{n}") for n in range(count)))
    assert value(parts, "requests_total", status="404", **route) == count
    assert value(parts, "request_seconds_count", **route) == count
    assert value(parts, "requests_in_progress") == 0


async def test_what_a_client_invents_makes_no_series(parts: Parts) -> None:
    await asked(parts, ("BREW", "/nothing/at/all"), ("GET", "/other"), ("GET", "/another"))
    named = [
        (sample.labels["method"], sample.labels["route"])
        for family in parts.meters.registry.collect()
        for sample in family.samples
        if sample.name == "forewarn_http_requests_total"
    ]
    assert sorted(named) == [("GET", "(no such path)"), ("other", "(no such path)")]
