"""Training from a GED file to an artefact that the service can use."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.escalation import artifact, ged, train
from models.escalation.artifact import MANIFEST_FILE, MODEL_FILE
from models.escalation.ged import NotGed
from models.escalation.labels import LABELS
from models.escalation.scorer import Scorer
from schemas.assessment import Level
from services.cli import app
from tests import ged_builders


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ged_builders.write(tmp_path_factory.mktemp("ged") / "ged.csv")


@pytest.fixture(scope="module")
def trained(data: Path) -> Path:
    folder = data.parent / "first" / "escalation-9"
    train.train([data], ged_builders.atlas(), folder)
    return folder


def test_training_again_gives_the_same_bytes(data: Path, trained: Path) -> None:
    again = data.parent / "second" / "escalation-9"
    train.train([data], ged_builders.atlas(), again, jobs=2)
    for name in (MODEL_FILE, MANIFEST_FILE):
        assert (again / name).read_bytes() == (trained / name).read_bytes(), name


def test_the_artefact_says_what_it_is(trained: Path, data: Path) -> None:
    manifest = artifact.load(trained).manifest
    assert manifest.version == "escalation-9"
    assert manifest.data_sha256 == train.data_hash([data])
    assert manifest.labels == LABELS == tuple(manifest.metrics)
    assert 0 < manifest.thresholds["watch"] < manifest.thresholds["warning"]
    assert manifest.thresholds["warning"] < manifest.thresholds["critical"] < 1
    for figures in manifest.metrics.values():
        assert figures.average_precision.value is not None
        assert figures.average_precision.value > figures.positives / figures.rows
    assert manifest.reference is not None
    assert date.fromisoformat(manifest.last_day) <= ged_builders.LAST


def test_the_artefact_scores(trained: Path) -> None:
    loaded = artifact.load(trained)
    (scored,) = Scorer(loaded).score(np.array([loaded.manifest.usual]))
    assert scored.level in tuple(Level)
    assert len(scored.contributions) == 5


def test_a_border_that_is_held_out_is_not_learnt_from(data: Path) -> None:
    whole = ged.read([data], ged_builders.atlas())
    without = ged.read([data], ged_builders.atlas(), ("IRN-IRQ",))
    assert {s[:7] for s in set(whole.segment) - set(without.segment)} == {"IRN-IRQ"}
    kept = whole.of(~pd.Series(whole.segment).str.startswith("IRN-IRQ").to_numpy())
    assert set(without.event) == set(kept.event[kept.own])


def test_reduced_columns_read_alike(data: Path, tmp_path: Path) -> None:
    names = {"best": "best_death", "date_end": "date"}
    table = pd.read_csv(data).rename(columns=names).drop(columns="where_prec")
    table["date"] = pd.to_datetime(table["date"])
    table.to_parquet(tmp_path / "reduced.parquet")
    full, reduced = (
        ged.read([p], ged_builders.atlas()) for p in (data, tmp_path / "reduced.parquet")
    )
    assert (full.event == reduced.event).all()
    assert (full.day == reduced.day).all()
    assert (full.deaths == reduced.deaths).all()


def test_files_add_up_and_no_event_counts_twice(data: Path, tmp_path: Path) -> None:
    table = pd.read_csv(data)
    table[:900].to_csv(tmp_path / "a.csv")
    table[800:].to_csv(tmp_path / "b.csv")
    split = ged.read([tmp_path / "a.csv", tmp_path / "b.csv"], ged_builders.atlas())
    assert (split.event == ged.read([data], ged_builders.atlas()).event).all()


def test_what_is_no_ged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(NotGed, match=r"other.csv: columns \['id', .* expected a UCDP GED file"):
        ged.read([path], ged_builders.atlas())


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2,3,4\n1,2\n1,2,3,4,5,6\n")
    with pytest.raises(NotGed, match=r"notes.csv: cannot be read as CSV: .* a UCDP GED file"):
        ged.read([path], ged_builders.atlas())
    with pytest.raises(NotGed, match=r"notes.parquet: cannot be read as Parquet: "):
        ged.read([path.rename(tmp_path / "notes.parquet")], ged_builders.atlas())


def test_a_model_is_not_written_over_another(data: Path, trained: Path) -> None:
    asked = ["train", "--data", str(data), "--output", str(trained)]
    found = CliRunner().invoke(app, asked)
    assert "holds a model" in str(found.exception)


def test_too_little_data_is_said_to_be_too_little(data: Path, tmp_path: Path) -> None:
    table = pd.read_csv(data)
    table[table["date_end"] > "2012"].to_csv(tmp_path / "short.csv")
    asked = ["--from", "2013-01-01", "--to", "2014-12-31", "--report", str(tmp_path / "out")]
    found = CliRunner().invoke(app, ["backtest", "--data", str(tmp_path / "short.csv"), *asked])
    assert found.exit_code
    assert "Forecasts need five years of history before the first" in str(found.exception)


def test_a_backtest_writes_its_figures_and_a_page(data: Path, tmp_path: Path) -> None:
    asked = ["--from", "2016-01-01", "--to", "2017-12-31", "--report", str(tmp_path / "out")]
    found = CliRunner().invoke(app, ["backtest", "--data", str(data), *asked])
    assert found.exit_code == 0, found.output
    assert "nothing peeks" in found.output
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "out" / "metrics.json").exists()


@pytest.mark.parametrize(("end", "why"), [("2015", "lies before"), ("soon", "is no day")])
def test_an_end_that_cannot_be_is_refused(data: Path, tmp_path: Path, end: str, why: str) -> None:
    asked = ["--from", "2016-01-01", "--to", end, "--report", str(tmp_path)]
    found = CliRunner().invoke(app, ["backtest", "--data", str(data), *asked])
    assert found.exit_code == 2
    assert why in found.output
