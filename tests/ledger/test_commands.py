"""What the terminal shows of the ledger, and what it says when something is missing."""

from pathlib import Path

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from schemas.alert import Reason, Transition
from schemas.assessment import Level, Probabilities, ShadowView
from services.ledger import cli, database
from services.ledger.store import Store
from services.moments import NotATime, moment
from tests.builders import NOON, SEGMENT, at, report, retraction
from tests.ledger.builders import Tape, alert


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch, where: URL, tmp_path: Path) -> None:
    monkeypatch.setattr(cli.console, "width", 240)
    monkeypatch.setenv("FOREWARN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FOREWARN_LEDGER__URL", where.render_as_string(hide_password=False))


@pytest.fixture
def filled(wide: None, store: Store) -> None:  # noqa: ARG001 -- the settings come first
    log = Tape()
    shots = report(summary="Shots [bold]at the weir[/].", sources=({"name": "Ms Witness"},))
    first = log.report(shots, at(1))
    log.assess(at(1))
    log.alert(alert(1, at(1), opened_at=at(1)))
    log.report(retraction(status_reason="A film was shot."), at(5), replaces=first)
    chances = Probabilities(escalation_14d=0.25, fatal_7d=0.5, fatal_14d=0.75)
    view = ShadowView(model_version="trial-1", probabilities=chances, model_level=Level.WARNING)
    log.assess(at(5), level=Level.NORMAL, shadow=view)
    gone = {"transition": Transition.RESOLVED, "reason": Reason.INCIDENT_RETRACTED}
    log.alert(alert(2, at(5), opened_at=at(1), level=Level.NORMAL, **gone))
    log.feed(store)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(cli.history_app, ["history", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("filled")
def test_history_shows_what_was_known_when() -> None:
    now = said(SEGMENT)
    assert "all that is recorded" in now
    assert "I-1 (no longer counts)" in now
    assert "A film was shot." in now
    assert "Assessment of 2021-04-29 17:00Z: NORMAL" in now
    assert "in shadow, model trial-1: warning, escalation 25.0%; any fatal" in now
    assert "resolved" in now
    then = said(SEGMENT, "--as-of", "2021-04-29T13:00")
    assert "recorded by 2021-04-29 13:00Z" in then
    assert "no longer counts" not in then
    assert "Shots [bold]at the weir[/]." in then
    assert "WATCH (model watch" in then
    assert "in shadow" not in then
    assert "resolved" not in then
    assert "nothing was known" in said(SEGMENT, "--as-of", "2021-04-29T12:59:59.999999")


@pytest.mark.usefixtures("filled")
def test_history_names_sources_only_when_asked() -> None:
    assert "Witness" not in said(SEGMENT)
    assert "Ms Witness" in said(SEGMENT, "--classified")


@pytest.mark.usefixtures("filled")
def test_status_counts_rows_and_hides_the_password() -> None:
    result = CliRunner().invoke(cli.app, ["status"], catch_exceptions=False)
    assert "contradictions" in result.output
    assert "records behind: unknown" in result.output
    assert "forewarn:***@" in result.output or "sqlite:///" in result.output


@pytest.mark.usefixtures("wide")
def test_history_without_a_ledger_says_how_to_fill_one() -> None:
    with pytest.raises(database.LedgerUnavailable, match="forewarn ledger run"):
        said(SEGMENT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-04-29", at(-12)),
        ("2021-04-29T12:00", NOON),
        ("2021-04-29T12:00Z", NOON),
        ("2021-04-29 18:00+06:00", NOON),
        (None, None),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(text: str | None, expected: object) -> None:
    assert moment("--at", text) == expected


def test_what_is_no_time_is_named_with_examples() -> None:
    with pytest.raises(NotATime, match=r"--at: 'yesterday'.*2021-04-29T18:00\+06:00"):
        moment("--at", "yesterday")
