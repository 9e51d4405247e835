"""``forewarn model health`` on the log of the case, as a ledger holds it."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from models.escalation.artifact import load
from models.escalation.drift import reference
from models.escalation.errors import UnusableModel
from models.escalation.labels import LABELS
from models.escalation.registry import newest
from models.escalation.scorer import Scorer
from schemas.incident import Traffic
from schemas.topics import OBSERVATIONS
from services import model_cli, model_health
from services.composition import engine
from services.ledger import database
from services.ledger.store import Store
from services.model_health import Folding, health
from services.replay.driver import drive
from services.replay.events import case, events, read
from services.replay.memory_log import MemoryLog
from services.settings import Kafka, Settings
from services.terminal import Terminal
from tests.builders import asserted, effect
from tests.ledger.builders import Tape
from tests.models import copied

DAYS = 1_400
SILENT = Terminal(quiet=True)
NEWEST = newest().name


def settings(folder: Path) -> Settings:
    return Settings(borders=("KGZ-TJK",), data_dir=folder, kafka=Kafka(partitions=1))


def feed(tape: Tape, folder: Path) -> None:
    store = database.connect(database.url(settings(folder)))
    tape.feed(Store(store))
    store.dispose()


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """The log of the case."""
    found, decisions = Tape(), engine(settings(tmp_path_factory.mktemp("none")))
    asyncio.run(drive(events(case(), read(case())), MemoryLog(decisions, 1, found.take)))
    return found


@pytest.fixture(scope="module")
def filled(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a ledger of the case and two models, for whom it is as usual and new."""
    folder = tmp_path_factory.mktemp("data")
    feed(tape, folder)
    x, p = given(tape, folder)
    usual, new = reference(x, p), reference(x + 1_000, 1 - p)
    copied(folder / "models" / "usual-1", reference=usual.model_dump())
    copied(folder / "models" / "new-1", reference=new.model_dump())
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(filled, tmp_path / "data")
    monkeypatch.setenv("FOREWARN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FOREWARN_BORDERS", "KGZ-TJK")
    monkeypatch.setattr(model_cli.console, "width", 160)
    return tmp_path / "data"


def given(tape: Tape, folder: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the features and scores of the rows that the case gives."""
    folding = Folding(engine(settings(folder)), DAYS // 7)
    folding.take([r for r in tape.records if r.ref.topic == OBSERVATIONS.name])
    folding.sample.close()
    rows = np.array([values for f in folding.sample.forecasts() for _, values in f.rows])
    scored = [s.probabilities for s in Scorer(load(newest())).score(rows)]
    # A question that is not asked has no answer: None becomes NaN.
    p = np.array([[getattr(s, label) for label in LABELS] for s in scored], dtype=np.float64)
    return rows, p


def said(*arguments: str, code: int = 0) -> str:
    asked = ["health", "--from", "ledger", "--days", str(DAYS), *arguments]
    result = CliRunner().invoke(model_cli.app, asked, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.mark.usefixtures("folder")
def test_what_is_as_in_training_is_stable() -> None:
    found = json.loads(said("--model", "usual-1", "--json", "--fail-on", "moved"))
    assert found["rows"] > 700
    assert {one["verdict"] for one in found["features"] + found["scores"]} == {"stable"}
    assert [one["name"] for one in found["scores"]] == list(LABELS)
    judged = {one["label"]: one["forecasts"] for one in found["calibration"]}
    assert judged["fatal_7d"] > 1.8 * judged["fatal_14d"] > 0


@pytest.mark.usefixtures("folder")
def test_what_has_shifted_ends_with_1_when_that_is_asked_for() -> None:
    screen = said("--model", "new-1")
    assert "score escalation_14d" in screen
    assert "shifted" in screen
    said("--model", "new-1", "--fail-on", "shifted", code=1)
    said("--model", "new-1", "--fail-on", "moved", "--json", code=1)


@pytest.mark.usefixtures("folder")
def test_a_model_without_a_reference_is_judged_by_its_forecasts_alone(folder: Path) -> None:
    copied(folder / "models" / "older-1", reference=None)
    screen = said("--model", "older-1")
    assert "drift: not known; its manifest has no reference" in screen
    assert "fatal_14d" in screen
    with pytest.raises(UnusableModel, match="older-1: its manifest has no reference"):
        said("--model", "older-1", "--fail-on", "shifted")


async def test_exercises_and_tests_never_mix_with_what_is_actual(folder: Path, tape: Tape) -> None:
    before = await health(settings(folder), DAYS, "usual-1", "ledger", SILENT)
    # Long enough ago to be judged, on a segment that has rows.
    then = max(r.at for r in tape.records) - timedelta(days=100)
    louder = Tape()
    louder.records, louder._ends = list(tape.records), tape._ends.copy()
    for traffic in (Traffic.EXERCISE, Traffic.TEST):
        for n in range(20):
            counted = effect(f"X-{n}", deaths=50, start=then + timedelta(days=n))
            exercise = asserted(counted, offset=10_000 + n, recorded=then)
            marked = {"traffic": traffic, "segment_id": "KGZ-TJK-050-02"}
            louder.add(OBSERVATIONS, exercise.model_copy(update=marked), then)
    louder.add(OBSERVATIONS, b"no observation", then)
    feed(louder, folder)
    assert await health(settings(folder), DAYS, "usual-1", "ledger", SILENT) == before


async def test_what_is_forecast_and_does_not_happen_is_told(folder: Path) -> None:
    found = await health(settings(folder), DAYS, None, "ledger", SILENT)
    assert found.version == NEWEST
    assert sum(c.observed for c in found.calibration) > 0
    wrong: Any = [c for c in found.calibration if not c.fits]
    assert model_health.failed(found, ["miscalibrated"]) == bool(wrong)
    assert not model_health.failed(found, [])
