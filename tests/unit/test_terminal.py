"""Text that others wrote is shown on a terminal, and steers it nowhere."""

from io import StringIO
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from services.alerts import screen
from services.ledger.answers import episode
from services.terminal import Terminal
from tests.ledger.builders import alert

SERVICES = Path(__file__).parents[2] / "services"

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b1A\r\x08\u202edirection\u2066"


def terminal() -> tuple[Terminal, StringIO]:
    out = StringIO()
    return Terminal(file=out, force_terminal=True, width=120), out


def harmless(text: str) -> bool:
    plain = text
    # Colours and styles are rich's own.
    for code in ("\x1b[1m", "\x1b[0m", "\x1b[2m", "\x1b[1;31m", "\x1b[3m", "\x1b[31m"):
        plain = plain.replace(code, "")
    return not any(c in plain for c in "\x1b\x07\x9b\r\x08\u202e\u2066")


@pytest.mark.parametrize("shown", [STEERING, Text(STEERING), Text(STEERING, "bold red")])
def test_no_text_steers_the_terminal(shown: str | Text) -> None:
    console, out = terminal()
    console.print(shown, markup=False, highlight=False)
    table = Table("what")
    table.add_row(shown)
    console.print(table)
    said = out.getvalue()
    assert harmless(said), repr(said)
    assert said.count("owned") == 2
    assert "\N{REPLACEMENT CHARACTER}" in said


def test_colours_and_letters_of_the_world_stay() -> None:
    console, out = terminal()
    console.print(Text("Жалал-Абад 🔥 ▲", "bold red"))
    assert out.getvalue() == f"\x1b[1;31m{'Жалал-Абад 🔥 ▲'}\x1b[0m\n"


def test_a_headline_steers_no_terminal_that_lists_alerts() -> None:
    console, out = terminal()
    told = alert(headline=f"WATCH: {STEERING}", explanation=STEERING)
    screen.alert(console, episode((told,)), [])
    assert harmless(out.getvalue())


def test_a_line_is_said_as_it_stands() -> None:
    console, out = terminal()
    console.say(line := f"[bold]:fire: 42[/] http://a.b {'long ' * 60}")
    assert out.getvalue() == f"{line}\n"


def test_every_command_writes_with_it() -> None:
    # A page of the web is no terminal.
    others = ("console/", "terminal.py")
    plain = [
        str(path.relative_to(SERVICES))
        for path in SERVICES.rglob("*.py")
        if "= Console(" in path.read_text() or "=Console(" in path.read_text()
    ]
    assert [path for path in plain if not path.startswith(others)] == []


def test_a_table_is_not_cut_where_there_is_no_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    out = StringIO()
    table = Table("segment", "headline")
    table.add_row("KGZ-TJK-050-07", headline := "shots and shells " * 6)
    Terminal(file=out).print(table)
    assert headline.strip() in out.getvalue()
    Terminal(file=out, width=50).print(table)
    assert max(map(len, out.getvalue().splitlines()[-3:])) <= 50
    monkeypatch.setenv("COLUMNS", "60")
    Terminal(file=out).print(table)
    assert max(map(len, out.getvalue().splitlines()[-3:])) <= 60
