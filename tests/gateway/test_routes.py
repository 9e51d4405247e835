"""No route stands in the way of another."""

import re
from collections.abc import Iterable

import pytest
from fastapi import APIRouter
from starlette.routing import Match

from services.gateway.app import ROUTERS, described

OPERATIONS = [
    (method.upper(), path)
    for path, operations in described()["paths"].items()
    for method in operations
]


def first(routers: Iterable[APIRouter], method: str, path: str) -> str | None:
    """Return the path of the route that answers: the first that fits."""
    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    for router in routers:
        for route in router.routes:
            if route.matches(scope)[0] is Match.FULL:
                return re.sub(r":\w+}", "}", str(getattr(route, "path", None)))
    return None


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_path_is_answered_by_the_route_that_is_described_for_it(method: str, path: str) -> None:
    asked = re.sub(r"{[^}]*}", "1", path)
    assert first(ROUTERS, method, asked) == path


def test_a_route_behind_one_that_fits_its_path_is_noticed() -> None:
    found = first(reversed(ROUTERS), "GET", "/v1/alerts/stream")
    assert found == "/v1/alerts/{alert_id}"
