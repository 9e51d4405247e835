"""Fits the escalation model and freezes its thresholds."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.domain.segments import Atlas
from models.escalation import artifact, backtest, dataset, ensemble, ged, skill
from models.escalation.artifact import Skill
from models.escalation.budget import BUDGETS
from models.escalation.dataset import Dataset
from models.escalation.drift import Reference, reference
from models.escalation.ensemble import Estimators
from models.escalation.features import FEATURE_NAMES
from models.escalation.figures import LabelFigures
from models.escalation.forecasts import MODEL
from models.escalation.labels import ALERTING, ASKED, LABELS

VALIDATION_YEARS = 5
"""The last years of the data [years], on which thresholds and figures are taken."""

HELD_OUT = ("KGZ-TJK",)
LIBRARIES = ("scikit-learn", "numpy", "skops")
ATTRIBUTION = (
    "UCDP Georeferenced Event Dataset, CC BY 4.0: Sundberg & Melander (2013), Journal of Peace "
    "Research 50(4), 523-532. Borders: Natural Earth 1:10m, public domain."
)

Report = Callable[[str, int, int], None]
"""Told of progress: what is done, how much of it, of how much."""


def train(
    data: Sequence[Path],
    atlas: Atlas,
    output: Path,
    report: Report = lambda _what, _done, _of: None,
    jobs: int = 1,
) -> artifact.Manifest:
    """Train on ``data`` (GED files), write the artefact to ``output``, return its manifest.

    The figures and thresholds come from a model that was fitted once, when none of the validation
    years had begun; the model that is saved is then fitted on everything.

    Raises
    ------
    NotGed, TooLittle
        The files hold no, or too few, events on borders.
    """
    sightings = ged.read(data, atlas, HELD_OUT, lambda n, of: report("places", n, of))
    rows = dataset.build(sightings, lambda n, of: report("segments", n, of), jobs)
    last = date.fromordinal(int(rows.day.max()))
    split = last.replace(year=last.year - VALIDATION_YEARS + 1, month=1, day=1)
    metrics, thresholds = _validated(rows, split, last, report)
    fitted = _fitted(rows, report)
    manifest = {
        "version": output.name,
        "features": FEATURE_NAMES,
        "labels": LABELS,
        "usual": tuple(np.round(rows.x.mean(axis=0), 6)),
        "thresholds": thresholds,
        "data_sha256": data_hash(data),
        "data_rows": len(rows.day),
        "first_day": date.fromordinal(int(rows.day.min())).isoformat(),
        "last_day": last.isoformat(),
        "held_out_borders": HELD_OUT,
        "metrics": metrics,
        "libraries": {name: version(name) for name in LIBRARIES},
        "attribution": ATTRIBUTION,
        "reference": _reference(rows, fitted),
    }
    return artifact.save(output, fitted, manifest)


def _fitted(rows: Dataset, report: Report) -> dict[str, Estimators]:
    """Return the models of every label, fitted on everything."""
    fitted = {}
    for done, label in enumerate(LABELS):
        report("models", done, len(LABELS))
        fitted[label] = ensemble.fit(rows.x, rows.y[:, done])
    return fitted


def _reference(rows: Dataset, fitted: dict[str, Estimators]) -> Reference:
    """Return what later rows and scores are held against."""
    said = np.stack([ensemble.predict(fitted[label], rows.x) for label in LABELS], axis=1)
    said[np.isnan(rows.y)] = np.nan
    return reference(rows.x, said)


def data_hash(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _validated(
    rows: Dataset, split: date, last: date, report: Report
) -> tuple[dict[str, Skill], dict[str, float]]:
    """Return the figures of the years from ``split`` on, and the levels' thresholds."""
    metrics, thresholds = {}, {}
    for done, label in enumerate(ASKED):
        report("models for validation", done, len(ASKED))
        made = backtest.once(rows, label, split, last)
        metrics[label.name] = _skill(skill.measure(made))
        if label.name == ALERTING:
            thresholds = _thresholds(made.said[MODEL])
    return metrics, thresholds


def _skill(figures: LabelFigures) -> Skill:
    measured = figures.models[MODEL]
    return Skill(
        rows=figures.rows,
        positives=figures.positives,
        average_precision=measured.average_precision,
        auc=measured.auc,
        brier_skill=measured.brier_skill,
        calibration_error=measured.calibration_error,
    )


def _thresholds(probabilities: NDArray[np.float64]) -> dict[str, float]:
    return {
        level: round(float(np.quantile(probabilities, 1 - share)), 6)
        for level, share in BUDGETS.items()
    }
