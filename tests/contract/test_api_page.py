"""The page of the API says what the gateway says of itself."""

from services.api_page import GROUPS, PAGE, page, routes


def test_the_page_is_what_its_generator_writes() -> None:
    assert page() == PAGE.read_text(), "run: make schemas"


def test_the_page_has_every_route_with_its_scope() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines()]
    told = {row[0]: row[1].strip() for row in rows if len(row) == 5 and row[0].startswith("| `")}
    assert len(routes()) > 30
    for route in routes():
        assert told[f"| `{route.method} {route.path}`"] == (f"`{route.scope}`" * bool(route.scope))


def test_every_group_of_routes_has_a_section_and_every_section_routes() -> None:
    assert {route.tag for route in routes()} == set(GROUPS)
