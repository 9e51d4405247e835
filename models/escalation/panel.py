"""The model that decides and, in its shadow, one that is only heard: scored together."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.escalation.scorer import Scored, Scorer
from schemas.assessment import ShadowView

log = logging.getLogger(__name__)

Rows = NDArray[np.float64]
"""Features of shape (n_rows, n_features), in their units."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the models say of one row; ``version`` is that of the model that decides."""

    version: str
    scored: Scored
    shadow: ShadowView | None


@dataclass(frozen=True, slots=True)
class Panel:
    """The model that decides, and the one that is scored beside it, if any."""

    serves: Scorer
    shadow: Scorer | None = None

    def score(self, rows: Rows) -> list[Opinion]:
        """Return what the models say of each row: the same alone and among others."""
        views = _views(self.shadow, rows) if self.shadow else [None] * len(rows)
        decided = self.serves.score(rows)
        return [Opinion(self.serves.version, s, v) for s, v in zip(decided, views, strict=True)]


def _views(shadow: Scorer, rows: Rows) -> list[ShadowView | None]:
    """Return what a shadow says of each row; a row that it cannot score has no view.

    Whatever goes wrong in a shadow stays in it: an experiment must not hold up a warning. Rows of
    a batch that fails are scored one by one, so that a row's view does not depend on its company.
    """
    try:
        return [_view(shadow, scored) for scored in shadow.score(rows)]
    except Exception:
        return list(_one_by_one(shadow, rows))


def _one_by_one(shadow: Scorer, rows: Rows) -> Iterator[ShadowView | None]:
    for i in range(len(rows)):
        try:
            (scored,) = shadow.score(rows[i : i + 1])
            yield _view(shadow, scored)
        except Exception as error:
            log.warning("model %s, in shadow, cannot score a row: %r", shadow.version, error)
            yield None


def _view(shadow: Scorer, scored: Scored) -> ShadowView:
    return ShadowView(
        model_version=shadow.version,
        probabilities=scored.probabilities,
        model_level=scored.level,
    )
