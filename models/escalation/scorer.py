"""Probabilities and their explanation for one row of features."""

from collections.abc import Sequence

import numpy as np

from models.escalation.artifact import Artifact
from models.escalation.features import FEATURES, transformed
from schemas.assessment import Contribution, Level, Probabilities

DECIMALS = 6
"""Digits kept of a probability: more would be noise, and would differ between machines."""

EXPLAINED = 5
"""How many contributions an assessment carries."""


class Scorer:
    """Scores segments with one artefact."""

    def __init__(self, artifact: Artifact) -> None:
        self.version = artifact.manifest.version
        self._manifest = artifact.manifest
        self._estimators = artifact.estimators

    def score(self, row: Sequence[float]) -> Probabilities:
        """Return the probabilities of one row of shape (n_features,), in the features' units."""
        x = np.array([transformed(row)])
        found = {
            label: round(float(model.predict_proba(x)[0, 1]), DECIMALS)
            for label, model in self._estimators.items()
        }
        return Probabilities(**found)

    def level(self, probabilities: Probabilities) -> Level:
        """Return the level that the model alone would give."""
        p = probabilities.escalation_14d
        reached = [lv for lv in Level if p >= self._manifest.thresholds.get(lv, 0.0)]
        return reached[-1]

    def explain(self, row: Sequence[float]) -> tuple[Contribution, ...]:
        """Return what moved the log-odds of escalation most, largest first.

        Exact for a linear model: the log-odds are the sum over the features of
        coefficient x (value - mean) / scale, plus a constant.
        """
        scaler, linear = (step for _, step in self._estimators["escalation_14d"].steps)
        moved = linear.coef_[0] * (np.array(transformed(row)) - scaler.mean_) / scaler.scale_
        order = sorted(range(len(FEATURES)), key=lambda i: (-abs(round(moved[i], 3)), i))
        return tuple(self._contribution(i, row[i], float(moved[i])) for i in order[:EXPLAINED])

    def _contribution(self, i: int, value: float, moved: float) -> Contribution:
        usual = self._manifest.usual[i]
        said = FEATURES[i].words.format(_number(value))
        return Contribution(
            feature=FEATURES[i].name,
            value=round(value, 4),
            usual=round(usual, 4),
            log_odds=round(moved, 3),
            words=f"{said} where {_number(usual)} is usual",
        )


def _number(x: float) -> str:
    return f"{x:.0f}" if x >= 10 or x == int(x) else f"{x:.2g}" if x >= 0.01 else "almost 0"
