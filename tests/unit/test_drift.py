"""Drift: known values by hand, bins that bear zeros, and no verdict on too few rows."""

from math import isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.escalation.drift import (
    Distribution,
    Reference,
    Verdict,
    calibration,
    distribution,
    drift,
    poisson_interval,
    psi,
    reference,
    shares_in,
    verdict,
)
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS

RANDOM = np.random.default_rng(11)
HALVES = Distribution(edges=(1.0,), shares=(0.5, 0.5))


def test_the_index_of_a_known_pair_is_that_reckoned_by_hand() -> None:
    # 0.1 x ln 1.2 - 0.1 x ln 0.8
    assert psi([0.5, 0.5], [0.6, 0.4]) == pytest.approx(0.0405465, abs=1e-7)
    assert psi([0.2, 0.3, 0.5], [0.4, 0.3, 0.3]) == pytest.approx(0.2 * log(2) + 0.2 * log(5 / 3))


def test_all_mass_in_one_bin_is_far_and_finite() -> None:
    expected = 0.5 * log(2) + (0.5 - 1e-4) * log(0.5 / 1e-4)
    assert psi([0.5, 0.5], [1.0, 0.0]) == pytest.approx(expected)
    assert drift("x", HALVES, np.zeros(1_000)).verdict is Verdict.SHIFTED


@given(st.lists(st.integers(1, 100), min_size=1, max_size=12))
def test_equal_shares_have_an_index_of_exactly_zero(counts: list[int]) -> None:
    shares = [count / sum(counts) for count in counts]
    assert psi(shares, shares) == 0.0


@given(st.data())
def test_the_index_is_symmetric_and_never_negative(data: st.DataObject) -> None:
    one, other = (data.draw(st.lists(st.floats(0, 1), min_size=5, max_size=5)) for _ in range(2))
    assert psi(one, other) == pytest.approx(psi(other, one))
    assert psi(one, other) >= 0


@pytest.mark.parametrize(
    ("index", "word"),
    [(0.0, "stable"), (0.0999, "stable"), (0.1, "moved"), (0.25, "moved"), (0.2501, "shifted")],
)
def test_the_words_change_at_a_tenth_and_at_a_quarter(index: float, word: str) -> None:
    assert verdict(index) == word


@pytest.mark.parametrize(
    "values",
    [
        np.where(RANDOM.random(5_000) < 0.95, 0, RANDOM.poisson(3, 5_000)).astype(float),
        RANDOM.exponential(4, 5_000),
        np.minimum(RANDOM.exponential(3_000, 5_000), 1_826),
        np.zeros(5_000),
        np.full(5_000, 0.123456789),
    ],
    ids=["mostly zeros", "spread", "capped", "all zeros", "one value"],
)
def test_rows_do_not_drift_from_their_own_distribution(values: np.ndarray) -> None:
    known = distribution(values)
    assert sum(known.shares) == pytest.approx(1, abs=1e-5)
    assert drift("x", known, values).psi == pytest.approx(0, abs=1e-6)
    empty = [share for share in known.shares if not share > 0]
    assert len(empty) == (len(np.unique(values)) == 1), "only the bin above a single value is empty"


def test_zeros_have_a_bin_of_their_own() -> None:
    known = distribution(np.array([0.0] * 92 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]))
    assert known.edges[0] == 0.0
    assert known.shares[0] == 0.92


def test_a_feature_that_was_always_zero_and_is_so_no_longer_is_seen() -> None:
    known = distribution(np.zeros(100))
    assert (known.edges, known.shares) == ((0.0,), (1.0, 0.0))
    assert drift("x", known, np.repeat([0.0, 1.0], 500)).verdict is Verdict.SHIFTED


def test_a_shift_of_the_whole_population_is_called_so_and_its_sampling_is_not() -> None:
    known = distribution(RANDOM.normal(0, 1, 50_000))
    assert drift("x", known, RANDOM.normal(0, 1, 2_000)).verdict is Verdict.STABLE
    assert drift("x", known, RANDOM.normal(0.4, 1, 2_000)).verdict is Verdict.MOVED
    assert drift("x", known, RANDOM.normal(1, 1, 2_000)).verdict is Verdict.SHIFTED


def test_few_rows_and_none_get_no_verdict() -> None:
    known = distribution(RANDOM.normal(0, 1, 50_000))
    few = drift("x", known, RANDOM.normal(9, 1, 20 * len(known.edges) - 1))
    assert few.verdict is Verdict.TOO_FEW
    assert few.psi > 1
    none = drift("x", known, np.array([]))
    assert isnan(none.psi)
    assert none.verdict is Verdict.TOO_FEW
    assert shares_in((0.0,), np.array([])).tolist() == [0.0, 0.0]


def test_a_reference_names_every_feature_and_label() -> None:
    x = RANDOM.poisson(1, (400, len(FEATURE_NAMES))).astype(float)
    p = RANDOM.random((400, len(LABELS)))
    known = reference(x, p)
    assert (tuple(known.features), tuple(known.scores)) == (FEATURE_NAMES, LABELS)
    assert Reference.model_validate_json(known.model_dump_json()) == known
    for rows, scores in ((x[:, 1:], p), (x, p[1:]), (x[:0], p[:0])):
        with pytest.raises(ValueError, match="expected"):
            reference(rows, scores)


@pytest.mark.parametrize(
    ("edges", "shares"), [((0.0,), (1.0,)), ((1.0, 0.0), (0.2, 0.3, 0.5)), ((1.0, 1.0), (1, 0, 0))]
)
def test_a_distribution_that_cannot_be_one_is_refused(
    edges: tuple[float, ...], shares: tuple[float, ...]
) -> None:
    with pytest.raises(ValidationError, match="expected"):
        Distribution(edges=edges, shares=shares)


def test_byars_limits_are_close_to_the_exact_ones() -> None:
    # Exact limits: Breslow and Day (1987), table 2.10, and -ln 0.025 for none.
    for count, low, high in [
        (0, 0, 3.689),
        (1, 0.025, 5.572),
        (10, 4.795, 18.39),
        (100, 81.4, 122),
    ]:
        assert poisson_interval(count) == pytest.approx((low, high), abs=0.4, rel=0.01)


def test_forecasts_are_held_against_what_happened() -> None:
    p = np.full(1_000, 0.02)
    happened = np.arange(1_000) < 20
    fits = calibration("fatal_7d", p, happened)
    assert (fits.expected, fits.ratio) == pytest.approx((20, 1))
    assert fits.observed == 20
    assert fits.low < 1 < fits.high
    assert (fits.fits, fits.verdict) == (True, "as forecast")
    more = calibration("fatal_7d", p, np.arange(1_000) < 40)
    assert more.ratio == pytest.approx(2)
    assert not more.fits
    assert more.verdict == "more happens than is forecast"
    assert calibration("x", p, np.arange(1_000) < 5).verdict == "less happens than is forecast"


def test_no_forecast_is_no_judgement() -> None:
    none = calibration("fatal_7d", np.array([]), np.array([], dtype=bool))
    assert (none.forecasts, none.observed, none.fits) == (0, 0, True)
    assert isnan(none.ratio)
    assert none.verdict == "nothing to judge"
