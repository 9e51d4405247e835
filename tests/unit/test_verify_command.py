"""What ``forewarn verify`` says of options that would change nothing."""

import pytest
from typer import Typer
from typer.testing import CliRunner

from services.truth import cli


@pytest.mark.parametrize("option", ["--bootstrap", "--group"])
def test_an_option_of_the_broker_is_refused_where_a_ledger_is_read(option: str) -> None:
    app = Typer()
    app.command()(cli.verify)
    result = CliRunner().invoke(app, ["--from", "ledger", option, "localhost:9092"])
    assert result.exit_code == 2
    assert "leave out --bootstrap and --group" in " ".join(result.output.replace("│", "").split())
