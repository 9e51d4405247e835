"""Probabilities, levels and their explanation for rows of features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.escalation.artifact import Artifact
from models.escalation.explain import Explained, contributions
from models.escalation.features import FEATURE_NAMES, scaled
from models.escalation.labels import ALERTING, ONSET, QUIET_DAYS
from schemas.assessment import Contribution, Level, Probabilities

DECIMALS = 6
"""Digits kept of a probability: more would be noise, and would differ between machines."""

_SINCE = FEATURE_NAMES.index("days_since_fatal")


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
        self._models = {label: Explained(e) for label, e in artifact.estimators.items()}

    def score(self, rows: Sequence[Sequence[float]]) -> list[Scored]:
        """Return what the model says of ``rows`` of shape (n_rows, n_features), in their units.

        A row scores the same to the last bit alone and among others.
        """
        if not rows:
            return []
        seen = scaled(np.array(rows, dtype=np.float64))
        moves = {label: model.moves(seen) for label, model in self._models.items()}
        p = {label: self._models[label].probability(m) for label, m in moves.items()}
        moved = moves[ALERTING]
        return [self._scored(row, {n: p[n][i] for n in p}, moved[i]) for i, row in enumerate(rows)]

    def _scored(
        self, row: Sequence[float], p: dict[str, float], moved: NDArray[np.float64]
    ) -> Scored:
        said: dict[str, float | None] = {n: round(float(v), DECIMALS) for n, v in p.items()}
        if row[_SINCE] <= QUIET_DAYS:
            said[ONSET] = None
        probabilities = Probabilities.model_validate(said)
        return Scored(
            probabilities,
            self._level(getattr(probabilities, ALERTING)),
            contributions(row, moved, self._manifest.usual),
        )

    def _level(self, p: float) -> Level:
        """Return the level that the model alone would give."""
        reached = [lv for lv in Level if p >= self._manifest.thresholds.get(lv, 0.0)]
        return reached[-1]
