"""Forecasts do not see the future, and a leak that is planted is found."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from models.escalation import backtest, dataset, ged
from models.escalation.blindness import Peeked, check_features, check_forecasts, without_future
from models.escalation.dataset import Dataset
from models.escalation.features import FEATURE_NAMES
from models.escalation.forecasts import Forecasts
from models.escalation.ged import Sightings
from models.escalation.labels import ASKED, Label
from tests import ged_builders

CUT = date(2018, 1, 1)
"""A Monday on which the model is trained anew: forecasts are issued and nothing is known of it."""


@pytest.fixture(scope="module")
def sightings(tmp_path_factory: pytest.TempPathFactory) -> Sightings:
    path = ged_builders.write(tmp_path_factory.mktemp("ged") / "ged.csv")
    return ged.read([path], ged_builders.atlas())


@pytest.fixture(scope="module")
def rows(sightings: Sightings) -> dict[int, Dataset]:
    """Return the rows with and without the future, by the number of sightings."""
    blind = without_future(sightings, CUT.toordinal())
    return {len(s.day): dataset.build(s) for s in (sightings, blind)}


def test_features_are_blind_to_the_future(sightings: Sightings) -> None:
    assert check_features(sightings, dataset.build, CUT.toordinal()) > 1000


def test_a_feature_that_sees_a_day_ahead_is_found(sightings: Sightings) -> None:
    column = FEATURE_NAMES.index("nearby_7d")

    def peeking(seen: Sightings) -> Dataset:
        """Count the day that begins, at 00:00, when nothing of it has happened."""
        built = dataset.build(seen)
        own = set(zip(seen.segment[seen.own].tolist(), seen.day[seen.own].tolist(), strict=True))
        asked = zip(built.segment.tolist(), built.day.tolist(), strict=True)
        built.x[:, column] += [place_and_day in own for place_and_day in asked]
        return built

    # A Monday on which something happened: that is what a day ahead shows.
    happened = sightings.day[sightings.own & (sightings.day % 7 == 1)]
    with pytest.raises(Peeked, match=r"features: nearby_7d see what comes later; first on "):
        check_features(sightings, peeking, int(happened[-2]))


def forecasting(rows: dict[int, Dataset]) -> Callable[[Sightings], Sequence[Forecasts]]:
    def forecast(sightings: Sightings) -> Sequence[Forecasts]:
        known = rows[len(sightings.day)]
        return backtest.forecast(known, sightings, date(2017, 1, 1), CUT, {})

    return forecast


def test_forecasts_are_blind_to_the_future(sightings: Sightings, rows: dict[int, Dataset]) -> None:
    assert check_forecasts(sightings, forecasting(rows), CUT.toordinal()) > 500


def test_a_model_that_is_trained_within_its_horizon_is_found(
    sightings: Sightings, rows: dict[int, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = backtest._period

    def hasty(rows: Dataset, label: Label, start: date, end: date) -> backtest.Period:
        """Train on everything that was issued before the refit, whether it is over or not."""
        period = honest(rows, label, start, end)
        number = ASKED.index(label)
        asked: NDArray[np.bool_] = ~np.isnan(rows.y[:, number])
        return replace(period, train=asked & (rows.day < start.toordinal()))

    monkeypatch.setattr(backtest, "_period", hasty)
    with pytest.raises(Peeked, match=r"escalation_14d: .* is fitted on what comes later"):
        check_forecasts(sightings, forecasting(rows), CUT.toordinal())


def test_the_horizon_of_what_is_trained_on_is_over(rows: dict[int, Dataset]) -> None:
    real = next(iter(rows.values()))
    for label in ASKED:
        for period in backtest.periods(real, label, date(2016, 1, 1), date(2017, 12, 31)):
            ends = real.day[period.train] + label.horizon_days
            assert ends.max() <= period.refit.toordinal() <= real.day[period.test].min()
