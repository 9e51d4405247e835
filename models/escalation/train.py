"""Fits the escalation model and freezes its thresholds."""

import hashlib
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from models.domain.segments import Atlas
from models.escalation import artifact, dataset
from models.escalation.dataset import Dataset
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import HORIZON_DAYS, LABELS

VALIDATION_YEARS = 5
"""The last years of the data [years], on which thresholds and figures are taken."""

BUDGET = {"watch": 0.05, "warning": 0.01, "critical": 0.002}
"""Share of candidate segment-weeks of the validation years that reach each level."""

HELD_OUT = ("KGZ-TJK",)
ATTRIBUTION = (
    "UCDP Georeferenced Event Dataset, CC BY 4.0: Sundberg & Melander (2013), Journal of Peace "
    "Research 50(4), 523-532. Borders: Natural Earth 1:10m, public domain."
)


def train(
    data: Path,
    atlas: Atlas,
    output: Path,
    on_segment: Callable[[int], None] = lambda _done: None,
) -> artifact.Manifest:
    """Train on ``data`` (a GED file), write the artefact to ``output``, return its manifest.

    The figures and thresholds come from a model that saw nothing later than the horizon before
    the validation years; the model that is saved is then fitted on everything.
    """
    events = dataset.read_events(data, atlas, HELD_OUT)
    rows = dataset.build(events, on_segment)
    last = date.fromordinal(int(rows.day.max()))
    split = last.replace(year=last.year - VALIDATION_YEARS + 1, month=1, day=1).toordinal()
    earlier = rows.between(0, split - HORIZON_DAYS - 1)
    later = rows.between(split, last.toordinal())
    trial = _fit(earlier)
    manifest = {
        "version": output.name,
        "features": FEATURE_NAMES,
        "labels": LABELS,
        "usual": tuple(np.round(rows.x.mean(axis=0), 6)),
        "thresholds": _thresholds(_predict(trial["escalation_14d"], later.x)),
        "data_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "data_rows": len(rows.day),
        "first_day": date.fromordinal(int(rows.day.min())).isoformat(),
        "last_day": last.isoformat(),
        "held_out_borders": HELD_OUT,
        "metrics": _metrics(trial, earlier, later),
        "libraries": {name: version(name) for name in ("scikit-learn", "numpy", "skops")},
        "attribution": ATTRIBUTION,
    }
    return artifact.save(output, _fit(rows), manifest)


def _fit(rows: Dataset) -> dict[str, Pipeline]:
    x = np.log1p(rows.x)
    fitted = {}
    for i, label in enumerate(LABELS):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
        fitted[label] = model.fit(x, rows.y[:, i])
    return fitted


def _predict(model: Pipeline, x: NDArray[np.float64]) -> NDArray[np.float64]:
    probabilities: NDArray[np.float64] = model.predict_proba(np.log1p(x))[:, 1]
    return probabilities


def _thresholds(probabilities: NDArray[np.float64]) -> dict[str, float]:
    return {
        level: round(float(np.quantile(probabilities, 1 - share)), 6)
        for level, share in BUDGET.items()
    }


def _metrics(
    trial: dict[str, Pipeline], earlier: Dataset, later: Dataset
) -> dict[str, dict[str, float]]:
    """Return AP, AUC and Brier skill over climatology on the validation years, per label."""
    found: dict[str, dict[str, float]] = {}
    for i, label in enumerate(LABELS):
        truth, p = later.y[:, i], _predict(trial[label], later.x)
        usual = np.full(len(truth), earlier.y[:, i].mean())
        measured: dict[str, Any] = {
            "rows": len(truth),
            "positives": int(truth.sum()),
            "average_precision": average_precision_score(truth, p),
            "auc": roc_auc_score(truth, p),
            "brier_skill": 1 - brier_score_loss(truth, p) / brier_score_loss(truth, usual),
        }
        found[label] = {k: round(float(v), 4) for k, v in measured.items()}
    return found
