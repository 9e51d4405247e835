"""``forewarn keys``: the secret goes to standard output alone, and is shown once."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.faults import Fault
from services.gateway import erasing_cli
from services.gateway.auth import cli as keys_cli
from services.gateway.auth.keys import parse
from services.gateway.keeping import kept
from services.gateway.sealing import NothingSealed, Sealing
from services.gateway.wrapping import Wrapping
from services.settings import Settings
from tests.builders import report


@pytest.fixture
def forewarn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """A command line on a data folder of its own."""
    monkeypatch.setenv("FOREWARN_DATA_DIR", str(tmp_path))
    # A console that was made where COLUMNS was set keeps that width.
    for made in (erasing_cli.console, keys_cli.console):
        monkeypatch.setattr(made, "_width", 140)
    return CliRunner()


def test_a_key_can_be_made_listed_rotated_and_revoked(
    forewarn: CliRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["keys", "create", "mission [x]", "--scope", "read", "--scope", "publish"]
    made = forewarn.invoke(app, [*wanted, "--expires", "90d"])
    key = made.stdout.strip()
    presented = parse(key)
    assert presented is not None, made.output

    rotated = forewarn.invoke(app, ["keys", "rotate", presented.key_id, "--overlap", "7d"])
    new = parse(rotated.stdout.strip())
    assert new is not None
    revoked = forewarn.invoke(app, ["keys", "revoke", presented.key_id])
    assert (revoked.exit_code, revoked.stdout) == (0, "")

    listed = forewarn.invoke(app, ["keys", "list"])
    lines = {
        part.key_id: next(ln for ln in listed.stdout.splitlines() if part.key_id in ln)
        for part in (presented, new)
    }
    assert "revoked" in lines[presented.key_id]
    assert "counts" in lines[new.key_id]
    assert "mission [x]" in lines[new.key_id]
    for text in (listed.output, made.stderr, rotated.stderr, revoked.output, *capsys.readouterr()):
        assert presented.secret not in text
        assert new.secret not in text


def test_sources_are_erased_and_every_command_is_audited(
    forewarn: CliRunner, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    with kept(settings) as own:
        Sealing(own, Wrapping(None)).seal(report(sources=({"name": "Witness"},)))
    made = forewarn.invoke(app, ["keys", "create", "a", "--scope", "read"])
    erased = [forewarn.invoke(app, ["erase", "sources", "I-1"]) for _ in range(2)]
    shown = forewarn.invoke(app, ["audit"])

    assert [e.output.strip().rsplit("is ")[1] for e in erased] == ["erased", "erased before"]
    rows = [[c.strip() for c in ln.split("│")] for ln in shown.stdout.splitlines() if "│" in ln]
    assert [row[4:7] for row in rows] == [
        ["keys create", made.stdout[4:16], "made"],
        ["erase sources", "I-1", "erased"],
        ["erase sources", "I-1", "erased before"],
    ]
    unknown = forewarn.invoke(app, ["erase", "sources", "I-2"])
    assert isinstance(unknown.exception, NothingSealed)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "a", "--scope", "reed"], "--scope: found 'reed'; expected one of read"),
        (["create", "a", "--scope", "read", "--expires", "soon"], "--expires: found 'soon'"),
        (["create", "a", "--scope", "read", "--expires", "-1d"], "--expires: found '-1d'"),
        (["create", "a", "--scope", "read", "--expires", "9999999d"], "--expires"),
        (["create", " ", "--scope", "read"], "NAME"),
        (["revoke", "000000000000"], "forewarn keys list"),
        (["rotate", "000000000000", "--overlap", "x"], "--overlap: found 'x'"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_expected(
    forewarn: CliRunner, arguments: list[str], told: str
) -> None:
    failed = forewarn.invoke(app, ["keys", *arguments])
    assert isinstance(failed.exception, Fault)
    assert told in str(failed.exception)


def test_every_command_shows_an_example(forewarn: CliRunner) -> None:
    for command in ("create", "list", "rotate", "revoke"):
        assert (
            f"forewarn keys {command}" in forewarn.invoke(app, ["keys", command, "--help"]).stdout
        )
