"""Where to look is told as it stands, and stands out on the screen of a stack that stays up."""

from types import SimpleNamespace
from typing import Any

import pytest
from rich.text import Text

from services.local import up
from services.settings import Settings

TOLD = "Look at it in a browser: http://127.0.0.1:8080/console/"


@pytest.fixture
def running() -> Any:
    return SimpleNamespace(
        address="http://127.0.0.1:8080",
        settings=Settings(),
        broker=SimpleNamespace(description="A broker runs."),
        notifier=None,
    )


def test_where_to_look_is_told_without_markup_by_whoever_prints_it(running: Any) -> None:
    assert up.console(running) == [TOLD]


def test_where_to_look_stands_out_among_what_is_told_of_a_stack(running: Any) -> None:
    shown = Text.from_markup("\n".join(up._introduction(running)))
    assert TOLD in shown.plain.splitlines()
    assert TOLD in {shown.plain[s.start : s.end] for s in shown.spans if s.style == "bold"}
