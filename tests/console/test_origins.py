"""A web page of elsewhere reaches nothing of the console."""

import pytest
from starlette.datastructures import Headers

from services.console.origins import is_own


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (None, True),
        ("http://localhost:8080", True),
        ("https://LOCALHOST:8080", True),
        ("http://localhost:3000", False),
        ("http://localhost", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_the_host_itself_and_no_page_at_all_may_ask(origin: str | None, own: bool) -> None:
    named = {} if origin is None else {"origin": origin}
    assert is_own(Headers({"host": "localhost:8080", **named})) is own
