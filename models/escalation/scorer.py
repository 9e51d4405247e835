"""Probabilities, levels and their explanation for rows of features."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from models.escalation.artifact import Artifact
from models.escalation.explain import Explained
from models.escalation.features import FEATURE_NAMES, scaled
from models.escalation.labels import ALERTING, ONSET, QUIET_DAYS
from models.escalation.voices import Voices
from schemas.assessment import Contribution, Level, Probabilities

DECIMALS = 6
"""Digits kept of a probability: more would be noise, and would differ between machines."""

EXIT = 0.8
"""Where a level ends, as a share of the probability at which it begins: what hovers about a
threshold would else cross it daily."""

_SINCE = FEATURE_NAMES.index("days_since_fatal")
_LEVELS = tuple(Level)
_MANY = TypeAdapter(list[Probabilities])


@dataclass(frozen=True, slots=True)
class Scored:
    """What the model says of one row; a level that stands already holds down to ``holds``."""

    probabilities: Probabilities
    level: Level
    holds: Level
    contributions: tuple[Contribution, ...]


class Scorer:
    """Scores segments with one artefact."""

    def __init__(self, artifact: Artifact) -> None:
        self.manifest = artifact.manifest
        self.version = artifact.manifest.version
        self._models = Explained(artifact.estimators)
        self._voices = Voices(artifact.manifest.usual)
        self._begins = _begins(artifact.manifest.thresholds)

    def score(self, rows: NDArray[np.float64]) -> list[Scored]:
        """Return what the model says of ``rows`` of shape (n_rows, n_features), in their units.

        A row scores the same to the last bit alone and among others.
        """
        if not len(rows):
            return []
        p, moves = self._models.explain(scaled(rows), ALERTING)
        quiet = (rows[:, _SINCE] > QUIET_DAYS).tolist()
        said = [self._said(*one) for one in zip(p.tolist(), quiet, strict=True)]
        asked = [one[ALERTING] or 0.0 for one in said]
        levels = [(self._level(p), self._level(p / EXIT)) for p in asked]
        told = self._voices.contributions(rows, moves)
        probabilities = _MANY.validate_python(said)
        return [Scored(p, *lv, t) for p, lv, t in zip(probabilities, levels, told, strict=True)]

    def _said(self, p: list[float], quiet: bool) -> dict[str, float | None]:
        """Return the probability of each label that is asked, as it is published."""
        said: dict[str, float | None]
        said = {n: round(v, DECIMALS) for n, v in zip(self._models.labels, p, strict=True)}
        if not quiet:
            said[ONSET] = None
        return said

    def _level(self, p: float) -> Level:
        """Return the level that the model alone would give."""
        return _LEVELS[bisect_right(self._begins, p) - 1]


def _begins(thresholds: Mapping[str, float]) -> list[float]:
    """Return where each level begins, ascending: none begins later than a worse one."""
    begins = [thresholds.get(level, 0.0) for level in _LEVELS]
    return [min(begins[rank:]) for rank in range(len(begins))]
