"""Average precision on parts of the rows: years, continents, borders."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.escalation.bootstrap import Blocks, measured
from models.escalation.figures import Part
from models.escalation.forecasts import MODEL, Forecasts
from models.escalation.ranking import rank, scores

ENOUGH_POSITIVES = 50

BY_PLACE = (MODEL, "ewma 30 d")
BY_YEAR = (*BY_PLACE, "logistic", "reference boosted")
"""The models that parts are measured for, as far as there are forecasts by them."""


def by_year(forecasts: Forecasts, blocks: Blocks) -> tuple[Part, ...]:
    """Return the figures of each test year."""
    return _parts(forecasts.year(), forecasts, blocks, BY_YEAR)


def by_continent(forecasts: Forecasts, blocks: Blocks) -> tuple[Part, ...]:
    """Return the figures of each continent; a border between two has a name of its own."""
    return _parts(forecasts.continent, forecasts, blocks, BY_PLACE)


def by_border(forecasts: Forecasts, blocks: Blocks) -> tuple[Part, ...]:
    """Return the figures of each border that had a positive, the most positives first."""
    found = _parts(forecasts.border, forecasts, _as_it_is(blocks), BY_PLACE)
    kept = [part for part in found if part.positives]
    return tuple(sorted(kept, key=lambda part: (-part.positives, part.name)))


def _parts(
    of: NDArray[np.int64] | NDArray[np.str_],
    forecasts: Forecasts,
    blocks: Blocks,
    models: Iterable[str],
) -> tuple[Part, ...]:
    """Return the figures of the rows of each value of ``of`` (n_rows,), in its order."""
    names, number = np.unique(of, return_inverse=True)
    by_part = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    measured_for = [m for m in models if m in forecasts.said]
    return tuple(
        _part(str(name), rows, forecasts, blocks.of(rows), measured_for)
        for name, rows in zip(names, by_part, strict=True)
    )


def _part(
    name: str,
    rows: NDArray[np.intp],
    forecasts: Forecasts,
    blocks: Blocks,
    models: Iterable[str],
) -> Part:
    truth = forecasts.truth[rows]
    average = {
        m: scores(rank(forecasts.said[m][rows], truth, blocks), blocks.weight)[0] for m in models
    }
    positives = int(truth.sum())
    return Part(
        name=name,
        rows=len(rows),
        positives=positives,
        enough=positives >= ENOUGH_POSITIVES,
        average_precision={
            m: measured(drawn, blocks.spread(truth)) for m, drawn in average.items()
        },
    )


def _as_it_is(blocks: Blocks) -> Blocks:
    """Return the blocks without draws: one border is one block, whatever is drawn."""
    return Blocks(blocks.names, blocks.code, blocks.weight[:, :1])
