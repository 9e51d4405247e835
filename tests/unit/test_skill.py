"""The figures of forecasts: what is perfect, what is chance, and what may not look ahead."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.escalation import budget, calibration, events
from models.escalation.bootstrap import Blocks, measured, resample
from models.escalation.figures import Figures, LabelFigures, Measured
from models.escalation.forecasts import Forecasts
from models.escalation.ranking import rank, scores
from models.escalation.skill import measure
from tests.forecast_builders import FIRST, made


def only(forecasts: Forecasts, said: NDArray[np.float64], draws: int = 20) -> LabelFigures:
    return measure(replace(forecasts, said={"model": said}), draws)


def value(figure: Measured) -> float:
    assert figure.value is not None
    return figure.value


@pytest.fixture(scope="module")
def forecasts() -> Forecasts:
    return made()


@pytest.fixture(scope="module")
def figures(forecasts: Forecasts) -> LabelFigures:
    return measure(forecasts, draws=300)


# ------------------------------------------------------------------ ranking


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([1, 2, 5, 1000]))
def test_ap_and_auc_equal_scikit_learn_for_any_weights_and_ties(
    seed: int, rows: int, different: int
) -> None:
    rng = np.random.default_rng(seed)
    said = rng.integers(0, different, rows) / different
    truth = rng.random(rows) < 0.4
    border = rng.integers(0, 6, rows).astype(str)
    blocks = resample(border, draws=70, seed=seed)
    average, area = scores(rank(said, truth, blocks), blocks.weight)
    for i in (0, 1, 63, 64, 70):  # draws are computed 64 at a time
        weight = blocks.weight[blocks.code, i]
        positives, negatives = weight[truth].sum(), weight[~truth].sum()
        if positives:
            expected = average_precision_score(truth, said, sample_weight=weight)
            assert average[i] == pytest.approx(expected, abs=1e-12)
        if positives and negatives:
            expected = roc_auc_score(truth, said, sample_weight=weight)
            assert area[i] == pytest.approx(expected, abs=1e-12)
        assert np.isfinite(average[i]) == (positives > 0)
        assert np.isfinite(area[i]) == (positives > 0 and negatives > 0)


def test_the_plain_figures_equal_scikit_learn(forecasts: Forecasts, figures: LabelFigures) -> None:
    for name, said in forecasts.said.items():
        found, truth = figures.models[name], forecasts.truth
        error = brier_score_loss(truth, said)
        usual = brier_score_loss(truth, forecasts.climatology())
        expected = average_precision_score(truth, said)
        assert value(found.average_precision) == pytest.approx(expected, abs=6e-6)
        assert value(found.auc) == pytest.approx(roc_auc_score(truth, said), abs=6e-6)
        assert value(found.brier) == pytest.approx(error, abs=6e-6)
        assert value(found.brier_skill) == pytest.approx(1 - error / usual, abs=6e-6)


def test_a_perfect_forecast_has_full_marks(forecasts: Forecasts) -> None:
    found = only(forecasts, forecasts.truth.astype(np.float64)).models["model"]
    assert value(found.average_precision) == value(found.auc) == value(found.brier_skill) == 1
    assert value(found.brier) == value(found.calibration_error) == 0
    (watch, *_) = found.budgets
    assert value(watch.precision) == value(watch.recall) == value(watch.caught) == 1


def test_a_constant_forecast_ranks_nothing_and_raises_no_alarm(forecasts: Forecasts) -> None:
    share = float(forecasts.truth.mean())
    found = only(forecasts, np.full(len(forecasts.truth), share)).models["model"]
    assert value(found.average_precision) == pytest.approx(share, abs=1e-5)
    assert value(found.auc) == 0.5
    assert value(found.calibration_error) == 0
    assert len(found.reliability) == 1
    assert [value(b.alarmed) for b in found.budgets] == [0, 0, 0]
    assert [b.precision.value for b in found.budgets] == [None] * 3


def test_a_random_forecast_catches_what_chance_would(forecasts: Forecasts) -> None:
    chance = np.random.default_rng(3).random(len(forecasts.truth))
    found = only(forecasts, chance, draws=300).models["model"]
    assert value(found.auc) == pytest.approx(0.5, abs=0.05)
    assert value(found.average_precision) == pytest.approx(forecasts.truth.mean(), abs=0.02)
    over = found.budgets[0].over_chance
    assert over.low is not None
    assert over.high is not None
    assert over.low < 1.0 < over.high


def test_the_order_of_the_rows_changes_nothing(forecasts: Forecasts) -> None:
    shuffled = forecasts.of(np.random.default_rng(5).permutation(len(forecasts.truth)))
    assert measure(shuffled, draws=20) == measure(forecasts, draws=20)


# -------------------------------------------------------------- calibration


def test_bins_hold_equally_many_rows_and_never_part_ties() -> None:
    assert np.bincount(calibration.bins(np.arange(1000) / 1000)).tolist() == [100] * 10
    tied = np.repeat([0.1, 0.2], [950, 50])
    assert np.bincount(calibration.bins(tied)).tolist() == [950, 50]


def test_the_calibration_error_is_the_mean_distance_of_said_from_seen() -> None:
    said = np.repeat([0.2, 0.8], 50)
    truth = np.r_[np.arange(50) < 20, np.arange(50) < 45]
    blocks = resample(np.full(100, "A"), draws=1)
    # |0.2 - 0.4| and |0.8 - 0.9|, half of the rows each.
    assert value(calibration.calibration_error(said, truth, blocks)) == pytest.approx(0.15)


# ---------------------------------------------------------------- bootstrap


def test_two_equal_models_differ_by_an_interval_that_covers_zero(forecasts: Forecasts) -> None:
    model = forecasts.said["model"]
    rng = np.random.default_rng(11)
    shaken = [np.clip(model * np.exp(0.3 * rng.normal(size=len(model))), 0, 1) for _ in range(2)]
    twins = {"model": shaken[0], "twin": shaken[1], "itself": shaken[0]}
    twin, itself = measure(replace(forecasts, said=twins), draws=300).gains
    assert twin.difference.low is not None
    assert twin.difference.high is not None
    assert twin.difference.low < 0 < twin.difference.high
    assert itself.difference == Measured(value=0, low=0, high=0)


def test_a_truly_better_model_differs_by_an_interval_above_zero(figures: LabelFigures) -> None:
    gains = {gain.over: gain.difference for gain in figures.gains}
    assert set(gains) == set(figures.models) - {"model"}
    low = gains["ewma 30 d"].low
    assert low is not None
    assert low > 0


def test_pairing_makes_the_interval_of_a_gain_narrower(figures: LabelFigures) -> None:
    def width(figure: Measured) -> float:
        assert figure.low is not None
        assert figure.high is not None
        return figure.high - figure.low

    (gain,) = (g.difference for g in figures.gains if g.over == "reference boosted")
    assert width(gain) < width(figures.models["model"].average_precision) / 2


def test_whole_borders_are_drawn_not_rows() -> None:
    border = np.repeat(["A", "B", "C"], [1, 10, 100])
    blocks = resample(border, draws=200)
    assert blocks.weight[:, 0].tolist() == [1, 1, 1]
    assert set(blocks.weight[:, 1:].sum(axis=0)) == {3}
    assert set(blocks.sums(np.ones(111))) <= {
        a + 10 * b + 100 * c for a in range(4) for b in range(4) for c in range(4) if a + b + c == 3
    }


def test_rows_of_one_border_in_many_copies_do_not_narrow_the_interval() -> None:
    once = made(borders=12, per_border=1, weeks=110, share=0.1, models={"model": 1.0})
    many = once.of(np.tile(np.arange(len(once.truth)), 4))
    one, four = (measure(f, draws=100).models["model"].average_precision for f in (once, many))
    assert four == one


def test_a_figure_on_few_borders_has_no_interval() -> None:
    assert measured(np.arange(50.0), borders=4) == Measured(value=0)
    assert measured(np.arange(50.0), borders=5).high is not None
    assert measured(np.full(50, np.nan), borders=9) == Measured(value=None)


def test_the_same_seed_gives_the_same_figures(forecasts: Forecasts) -> None:
    assert measure(forecasts, draws=20) == measure(forecasts, draws=20)
    assert measure(forecasts, draws=20, seed=1) != measure(forecasts, draws=20, seed=2)


# ------------------------------------------------------------------ budgets


def test_a_threshold_comes_from_the_years_before_it_alone() -> None:
    year = np.repeat([2015, 2016, 2017], 1000)
    said = np.random.default_rng(2).random(3000)
    before = budget.thresholds(said, year, 0.01)
    assert set(before) == {2016, 2017}
    for y in (2016, 2017):
        changed = np.where(year >= y, said / 2, said)
        assert budget.thresholds(changed, year, 0.01)[y] == before[y]
        assert budget.thresholds(np.where(year < y, said / 2, said), year, 0.01)[y] < before[y]


def test_the_figures_at_a_budget_do_not_change_when_later_years_do(forecasts: Forecasts) -> None:
    last = forecasts.year().max()
    earlier = forecasts.year() < last
    changed = np.where(earlier, forecasts.said["model"], 0.999)
    for one, other in zip(
        only(forecasts, forecasts.said["model"]).models["model"].budgets,
        only(forecasts, changed).models["model"].budgets,
        strict=True,
    ):
        assert one.thresholds == other.thresholds


def test_the_first_year_raises_no_alarm_and_counts_nowhere(forecasts: Forecasts) -> None:
    year, said = forecasts.year(), forecasts.said["model"]
    at = budget.thresholds(said, year, 0.05)
    assert not budget.alarms(said, year, at)[year == year.min()].any()
    (watch, *_) = only(forecasts, said).models["model"].budgets
    assert watch.rows == (year > year.min()).sum()
    single = made(weeks=40)
    assert measure(single, draws=5).models["model"].budgets == ()


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=1, max_size=80),
    st.sampled_from([0.05, 0.01, 0.002, 0.5]),
)
def test_no_more_than_the_budget_reach_the_threshold_that_ties_allow(
    earlier: list[float], share: float
) -> None:
    said = np.array([*earlier, 0.3])
    year = np.r_[np.full(len(earlier), 2015), 2016]
    at = budget.thresholds(said, year, share)[2016]
    reach = np.array(earlier)
    assert np.mean(reach >= at) <= share
    below = reach[reach < at]
    assert np.mean(reach >= below.max()) > share


# ------------------------------------------------------------------- events


def weekly(lead: list[int], p: list[float]) -> Forecasts:
    """One segment, one forecast a week from the second year on; -1 days ahead is no event."""
    day = FIRST.toordinal() + 7 * (60 + np.arange(len(lead)))
    day = np.r_[FIRST.toordinal(), day]
    ahead = np.array([-1, *lead])
    n = len(day)
    return Forecasts(
        label="fatal_14d",
        horizon_days=14,
        truth=ahead >= 0,
        said={"model": np.array([0.5, *p])},
        day=day,
        segment=np.full(n, "KGZ-TJK-050-02"),
        border=np.full(n, "KGZ-TJK"),
        continent=np.full(n, "Asia"),
        first_event=np.where(ahead >= 0, day + ahead, -1),
        missed_positives=0,
        training_share={2015: 0.1, 2016: 0.1},
    )


def test_lead_time_runs_from_the_first_alarm_to_the_event() -> None:
    forecasts = weekly([-1, 9, 2, -1], [0.1, 0.9, 0.9, 0.1])
    found = events.events(forecasts, resample(forecasts.border, draws=1))
    assert len(found) == 1
    for alarmed, lead in (([1, 1], 9), ([0, 1], 2), ([1, 0], 9), ([0, 0], -1)):
        alarm = np.array([False, True, *(bool(a) for a in alarmed), True])
        assert events.leads(found, forecasts, alarm).tolist() == [lead]


def test_an_onset_is_an_event_after_half_a_year_without_one() -> None:
    forecasts = weekly([3, -1, 3, *[-1] * 30, 3], [0.5] * 34)
    found = events.events(forecasts, resample(forecasts.border, draws=1))
    assert found.onset.tolist() == [True, False, True]
    soon = replace(forecasts, day=forecasts.day + np.r_[59 * 7, np.zeros(34, dtype=int)])
    assert events.events(soon, resample(soon.border, draws=1)).onset.tolist()[0] is False


def test_events_are_counted_once_however_many_weeks_point_at_them() -> None:
    (watch, *_) = only(weekly([9, 2, -1, 5], [0.9] * 4), np.full(5, 0.5)).models["model"].budgets
    assert watch.events == 2
    assert value(watch.caught) == 0


def test_blind_alarms_catch_an_event_more_often_the_more_forecasts_are_about_it() -> None:
    once, twice = np.array([[0.0], [4.0], [0.0]]), np.array([[0.0], [0.0], [4.0]])
    assert events.blind(np.array([0.1]), once) == pytest.approx(0.1)
    assert events.blind(np.array([0.1]), twice) == pytest.approx(0.19)


def test_random_alarms_are_worth_chance_when_two_forecasts_are_about_each_event() -> None:
    day = FIRST.toordinal() + 7 * np.tile(np.arange(200), 200)
    pair = np.tile(np.arange(200) // 2, 200)
    positive = pair % 5 == 0
    count = len(day)
    forecasts = Forecasts(
        label="fatal_14d",
        horizon_days=14,
        truth=positive,
        said={"model": np.random.default_rng(4).random(count)},
        day=day,
        segment=np.repeat([f"B{i:03d}-050-01" for i in range(200)], 200),
        border=np.repeat([f"B{i:03d}" for i in range(200)], 200),
        continent=np.full(count, "Asia"),
        first_event=np.where(positive, FIRST.toordinal() + 14 * pair + 10, -1),
        missed_positives=0,
        training_share=dict.fromkeys(range(2015, 2020), 0.2),
    )
    (watch, *_) = measure(forecasts, draws=50).models["model"].budgets
    assert value(watch.caught) == pytest.approx(2 * value(watch.alarmed), rel=0.1)
    assert value(watch.over_chance) == pytest.approx(1, abs=0.1)


def test_the_median_lead_is_a_day_of_the_distribution() -> None:
    counts = np.array([[0, 1, 0], [2, 1, 0], [3, 0, 0]], dtype=float)
    assert events.medians(counts)[:2].tolist() == [2, 0]
    assert np.isnan(events.medians(counts)[2])


def test_a_molchan_curve_is_a_diagonal_for_chance_and_a_corner_for_foresight() -> None:
    forecasts = made(borders=30, per_border=4, weeks=200)
    found = events.events(forecasts, resample(forecasts.border, draws=1))
    perfect = events.molchan(forecasts.truth.astype(np.float64), found)
    assert perfect[0][0] == 0
    assert perfect[1][0] == 1
    assert np.interp(forecasts.truth.mean() * 1.1, *perfect) == 0
    alarmed, missed = events.molchan(np.random.default_rng(1).random(len(forecasts.truth)), found)
    assert np.abs(missed - (1 - alarmed)).max() < 0.06


# -------------------------------------------------------------------- parts


def test_parts_add_up_to_the_whole(figures: LabelFigures) -> None:
    for parts in (figures.years, figures.continents):
        assert sum(p.rows for p in parts) == figures.rows
        assert sum(p.positives for p in parts) == figures.positives
    assert sum(p.positives for p in figures.places) == figures.positives


def test_a_part_is_measured_on_its_own_rows(forecasts: Forecasts, figures: LabelFigures) -> None:
    (asia,) = (p for p in figures.continents if p.name == "Asia")
    rows = forecasts.continent == "Asia"
    expected = average_precision_score(forecasts.truth[rows], forecasts.said["model"][rows])
    assert value(asia.average_precision["model"]) == pytest.approx(expected, abs=6e-6)
    assert asia.enough == (forecasts.truth[rows].sum() >= 50)


def test_one_border_has_no_interval(figures: LabelFigures) -> None:
    assert {p.average_precision["model"].low for p in figures.places} == {None}


# ------------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": np.zeros(3, dtype=np.int64)}, "day: shape"),
        ({"said": {"model": np.full(3, 0.5)}}, "model: shape"),
        ({"training_share": {}}, "training_share: .* missing"),
        ({"missed": True}, "first_event"),
    ],
)
def test_forecasts_that_do_not_fit_together_are_refused(
    forecasts: Forecasts, change: dict[str, object], words: str
) -> None:
    if "missed" in change:
        change = {"first_event": np.full(len(forecasts.truth), -1)}
    with pytest.raises(ValueError, match=words):
        replace(forecasts, **change)  # type: ignore[arg-type]


def test_an_event_outside_the_horizon_is_refused(forecasts: Forecasts) -> None:
    for days in (-1, 14):
        late = np.where(forecasts.truth, forecasts.day + days, -1)
        with pytest.raises(ValueError, match="expected 0 to 13, the horizon of escalation_14d"):
            replace(forecasts, first_event=late)


def test_probabilities_outside_0_and_1_are_refused(forecasts: Forecasts) -> None:
    for wrong in (1.5, -0.1, np.nan):
        with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
            replace(forecasts, said={"model": np.full(len(forecasts.truth), wrong)})


def test_forecasts_without_a_model_are_refused(forecasts: Forecasts) -> None:
    with pytest.raises(ValueError, match="expected forecasts by 'model'"):
        measure(replace(forecasts, said={"ewma 30 d": forecasts.said["model"]}))


def test_the_blocks_of_some_rows_keep_their_draws() -> None:
    blocks = resample(np.array(["B", "A", "B"]), draws=3)
    some = blocks.of(np.array([True, False, True]))
    assert isinstance(some, Blocks)
    assert some.sums(np.ones(2)).tolist() == (2 * blocks.weight[1]).tolist()


def test_figures_survive_json(figures: LabelFigures) -> None:
    assert LabelFigures.model_validate_json(figures.model_dump_json()) == figures
    assert Figures.model_config["extra"] == "forbid"
