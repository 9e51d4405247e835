"""Probabilities and their explanation for rows of features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from models.escalation.artifact import Artifact
from models.escalation.features import FEATURES
from schemas.assessment import Contribution, Level, Probabilities

DECIMALS = 6
"""Digits kept of a probability: more would be noise, and would differ between machines."""

EXPLAINED = 5
"""How many contributions an assessment carries."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the model says of one row."""

    probabilities: Probabilities
    level: Level
    contributions: tuple[Contribution, ...]


class Scorer:
    """Scores segments with one artefact."""

    def __init__(self, artifact: Artifact) -> None:
        self.version = artifact.manifest.version
        self._manifest = artifact.manifest
        self.estimators = artifact.estimators

    def score(self, rows: Sequence[Sequence[float]]) -> list[Scored]:
        """Return what the model says of ``rows`` of shape (n_rows, n_features), in their units.

        A row scores the same to the last bit alone and among others: its terms are summed row by
        row, where a matrix product would sum them in an order that depends on its size.
        """
        if not rows:
            return []
        x = np.log1p(np.array(rows, dtype=np.float64))
        moves = {label: terms(model, x) for label, model in self.estimators.items()}
        p = {label: probability(t, self.estimators[label]) for label, t in moves.items()}
        moved = moves["escalation_14d"]
        return [self._scored(row, {n: p[n][i] for n in p}, moved[i]) for i, row in enumerate(rows)]

    def _scored(
        self, row: Sequence[float], p: dict[str, float], moved: NDArray[np.float64]
    ) -> Scored:
        probabilities = Probabilities(**{n: round(float(v), DECIMALS) for n, v in p.items()})
        return Scored(probabilities, self._level(probabilities), self._explain(row, moved))

    def _level(self, probabilities: Probabilities) -> Level:
        """Return the level that the model alone would give."""
        p = probabilities.escalation_14d
        reached = [lv for lv in Level if p >= self._manifest.thresholds.get(lv, 0.0)]
        return reached[-1]

    def _explain(
        self, row: Sequence[float], moved: NDArray[np.float64]
    ) -> tuple[Contribution, ...]:
        """Return what moved the log-odds of escalation most, largest first."""
        rounded = [round(float(m), 3) for m in moved]
        order = sorted(range(len(FEATURES)), key=lambda i: (-abs(rounded[i]), i))
        return tuple(self._contribution(i, row[i], rounded[i]) for i in order[:EXPLAINED])

    def _contribution(self, i: int, value: float, moved: float) -> Contribution:
        usual = self._manifest.usual[i]
        said = FEATURES[i].words.format(_number(value))
        return Contribution(
            feature=FEATURES[i].name,
            value=round(value, 4),
            usual=round(usual, 4),
            log_odds=moved,
            words=f"{said} where {_number(usual)} is usual",
        )


def terms(model: Pipeline, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each feature's share of the log-odds, of shape (n_rows, n_features).

    Exact for a linear model: the log-odds are the sum over the features of
    coefficient x (value - mean) / scale, plus the intercept.
    """
    scaler, linear = (step for _, step in model.steps)
    moves: NDArray[np.float64] = linear.coef_[0] * ((x - scaler.mean_) / scaler.scale_)
    return moves


def probability(moves: NDArray[np.float64], model: Pipeline) -> NDArray[np.float64]:
    """Return the probability that ``moves``, as ``terms`` gives them, add up to: (n_rows,)."""
    intercept = model.steps[-1][1].intercept_[0]
    p: NDArray[np.float64] = 1 / (1 + np.exp(-(moves.sum(axis=1) + intercept)))
    return p


def _number(x: float) -> str:
    return f"{x:.0f}" if x >= 10 or x == int(x) else f"{x:.2g}" if x >= 0.01 else "almost 0"
