"""How good forecasts are: every figure of ``metrics.json``, each with its interval."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.escalation import budget, calibration
from models.escalation.bootstrap import DRAWS, SEED, Blocks, measured, resample
from models.escalation.figures import Figures, Gain, LabelFigures, ModelFigures, Protocol
from models.escalation.forecasts import MODEL, Forecasts
from models.escalation.parts import by_border, by_continent, by_year
from models.escalation.ranking import rank, scores


def figures(protocol: Protocol, forecasts: Sequence[Forecasts]) -> Figures:
    """Return the figures of every label, with the draws and the seed that ``protocol`` names."""
    labels = tuple(measure(f, protocol.draws, protocol.seed) for f in forecasts)
    return Figures(protocol=protocol, labels=labels)


def measure(forecasts: Forecasts, draws: int = DRAWS, seed: int = SEED) -> LabelFigures:
    """Return the figures of one label for every model in ``forecasts``.

    Raises
    ------
    ValueError
        There is no forecast, or none by ``model``.
    """
    if MODEL not in forecasts.said or not len(forecasts.truth):
        msg = f"{forecasts.label}: said holds {sorted(forecasts.said)}, of {len(forecasts.truth)} "
        raise ValueError(msg + f"rows; expected forecasts by {MODEL!r}")
    blocks = resample(forecasts.border, draws, seed)
    ranks = {n: _ranks(said, forecasts, blocks) for n, said in forecasts.said.items()}
    on = budget.counted(forecasts, blocks)
    return LabelFigures(
        label=forecasts.label,
        horizon_days=forecasts.horizon_days,
        first_day=date.fromordinal(int(forecasts.day.min())),
        last_day=date.fromordinal(int(forecasts.day.max())),
        rows=len(forecasts.truth),
        positives=int(forecasts.truth.sum()),
        missed_positives=forecasts.missed_positives,
        segments=len(np.unique(forecasts.segment)),
        borders=len(blocks.names),
        training_share={y: round(s, 6) for y, s in forecasts.training_share.items()},
        models={n: _model(n, forecasts, blocks, ranks[n], on) for n in forecasts.said},
        gains=_gains({n: ap for n, (ap, _) in ranks.items()}, blocks.spread(forecasts.truth)),
        years=by_year(forecasts, blocks),
        continents=by_continent(forecasts, blocks),
        places=by_border(forecasts, blocks),
    )


_Ranks = tuple[NDArray[np.float64], NDArray[np.float64]]


def _ranks(said: NDArray[np.float64], forecasts: Forecasts, blocks: Blocks) -> _Ranks:
    return scores(rank(said, forecasts.truth, blocks), blocks.weight)


def _model(
    name: str, forecasts: Forecasts, blocks: Blocks, ranks: _Ranks, on: budget.Counted
) -> ModelFigures:
    said, truth = forecasts.said[name], forecasts.truth
    spread = blocks.spread(truth)
    average, area = ranks
    return ModelFigures(
        average_precision=measured(average, spread),
        auc=measured(area, spread),
        brier=calibration.brier(said, truth, blocks),
        brier_skill=calibration.brier_skill(said, forecasts.climatology(), truth, blocks),
        calibration_error=calibration.calibration_error(said, truth, blocks),
        reliability=calibration.reliability(said, truth, blocks),
        budgets=budget.budgets(said, on),
    )


def _gains(average: dict[str, NDArray[np.float64]], spread: int) -> tuple[Gain, ...]:
    return tuple(
        Gain(over=name, difference=measured(average[MODEL] - drawn, spread))
        for name, drawn in average.items()
        if name != MODEL
    )
