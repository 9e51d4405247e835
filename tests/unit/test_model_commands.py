"""``forewarn model`` as an operator meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.escalation.artifact import MODEL_FILE
from models.escalation.errors import UnknownModel, UnusableModel
from models.escalation.registry import newest
from services import model_cli
from tests.models import copied

NEWEST = newest().name


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with two models and one that is damaged."""
    monkeypatch.setenv("FOREWARN_MODEL__DIRECTORY", str(tmp_path))
    monkeypatch.setattr(model_cli.console, "width", 160)
    for name in ("own-1", "own-2", "torn-1"):
        copied(tmp_path / name)
    (tmp_path / "torn-1" / MODEL_FILE).write_bytes(b"torn")
    return tmp_path


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(model_cli.app, arguments, catch_exceptions=False)


def said(*arguments: str) -> str:
    result = asked(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def line(output: str, name: str) -> str:
    return next(row for row in output.splitlines() if f" {name} " in row)


@pytest.mark.usefixtures("own")
def test_the_list_says_which_serves_which_shadows_and_which_cannot_be_used() -> None:
    before = said("list")
    assert "serves" in line(before, NEWEST)
    assert "no" in line(before, "torn-1")
    assert "torn-1: " in before
    assert "sha256" in before
    assert "escalation_14d 0." in before
    said("promote", "own-1", "--shadow", "own-2")
    after = said("list")
    assert "serves" not in line(after, NEWEST)
    assert "serves" in line(after, "own-1")
    assert "shadows" in line(after, "own-2")


def test_the_list_shows_what_settings_name_in_place_of_what_is_promoted(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_MODEL__VERSION", str(own / "own-2"))
    assert "FOREWARN_MODEL__VERSION=" in said("promote", "own-1")
    assert "serves" in line(said("list"), "own-2")
    monkeypatch.setenv("FOREWARN_MODEL__VERSION", "gone-1")
    assert "gone-1 serves and is not among these" in said("list")


@pytest.mark.usefixtures("own")
def test_a_model_is_shown_in_words_or_as_it_stands() -> None:
    shown = said("show", "own-1")
    assert "watch from" in shown
    assert "average precision" in shown
    assert json.loads(said("show", "own-1", "--json"))["version"] == "own-1"
    assert "no: " in said("show", "torn-1")
    with pytest.raises(UnknownModel, match="did you mean own-1"):
        asked("show", "own-11")


@pytest.mark.usefixtures("own")
def test_a_promotion_is_taken_back_and_stays_in_the_history() -> None:
    assert "nothing was ever promoted" in said("history")
    assert "own-1 serves" in said("promote", "own-1", "--shadow", "own-2")
    assert "none beside it" in said("promote", "own-1", "--no-shadow")
    assert "own-2 is scored beside it" in said("undo")
    assert said("history").count("own-1") == 2
    assert asked("promote", "own-1", "--shadow", "own-2", "--no-shadow").exit_code == 2
    with pytest.raises(UnusableModel, match="torn-1"):
        asked("promote", "torn-1")
