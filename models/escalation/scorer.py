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
        self._models = Explained(artifact.estimators)

    def score(self, rows: Sequence[Sequence[float]]) -> list[Scored]:
        """Return what the model says of ``rows`` of shape (n_rows, n_features), in their units.

        A row scores the same to the last bit alone and among others.
        """
        if not rows:
            return []
        seen = scaled(np.array(rows, dtype=np.float64))
        p, moves = self._models.explain(seen, ALERTING)
        return [self._scored(*one) for one in zip(rows, p, moves, strict=True)]

    def _scored(
        self, row: Sequence[float], p: NDArray[np.float64], moved: NDArray[np.float64]
    ) -> Scored:
        said: dict[str, float | None]
        said = {n: round(float(v), DECIMALS) for n, v in zip(self._models.labels, p, strict=True)}
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
