"""Trees as arrays say what the library says, and explain it without remainder."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from models.escalation import ensemble
from models.escalation.explain import Explained
from models.escalation.features import FEATURE_NAMES, FEATURES, scaled
from models.escalation.trees import Trees
from models.escalation.voices import EXPLAINED, Voices

RANDOM = np.random.default_rng(7)
WIDE = len(FEATURE_NAMES)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return RANDOM.gamma(0.5, 20, (3000, WIDE)) + 0.001


@pytest.fixture(scope="module")
def fitted(rows: np.ndarray) -> ensemble.Estimators:
    y = RANDOM.random(3000) < 1 / (1 + np.exp(3 - np.log1p(rows[:, 0]) * (rows[:, 1] > 3)))
    return ensemble.fit(rows, y.astype(np.float64))


def test_the_moves_of_trees_add_up_to_the_librarys_log_odds(
    rows: np.ndarray, fitted: ensemble.Estimators
) -> None:
    boosted = fitted["boosted"]
    assert isinstance(boosted, HistGradientBoostingClassifier)
    trees = Trees([boosted, boosted], WIDE)
    seen = scaled(rows)
    expected = boosted.decision_function(seen)
    for number in (0, 1):
        log_odds, moves = trees.explain(seen, number)
        np.testing.assert_allclose(trees.means[number] + moves.sum(axis=1), expected, atol=1e-10)
        np.testing.assert_allclose(log_odds[:, number], expected, atol=1e-10)


def test_the_moves_are_from_the_mean_of_the_training_rows(
    rows: np.ndarray, fitted: ensemble.Estimators
) -> None:
    boosted = fitted["boosted"]
    mean = boosted.decision_function(scaled(rows)).mean()
    assert Trees([boosted], WIDE).means[0] == pytest.approx(mean, abs=1e-6)


def test_a_feature_that_no_split_asks_for_moves_nothing(
    rows: np.ndarray, fitted: ensemble.Estimators
) -> None:
    boosted = fitted["boosted"]
    asked = {int(f) for (p,) in boosted._predictors for f in p.nodes["feature_idx"]}
    trees = Trees([boosted], WIDE)
    _, moves = trees.explain(scaled(rows[:200]), 0)
    unasked = [i for i in range(WIDE) if i not in asked]
    assert not moves[:, unasked].any()
    assert moves[:, 0].any()


def test_the_model_is_explained_without_remainder(
    rows: np.ndarray, fitted: ensemble.Estimators
) -> None:
    explained = Explained({"one": fitted, "other": fitted})
    p, moves = explained.explain(scaled(rows), "other")
    expected = ensemble.predict(fitted, rows)
    np.testing.assert_allclose(p, np.stack([expected, expected], axis=1), atol=1e-10)
    total = explained.mean("other") + moves.sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-total)), expected, atol=1e-10)


def test_features_of_one_kind_speak_with_one_voice() -> None:
    moves = np.zeros(WIDE)
    group = [i for i, f in enumerate(FEATURES) if f.group == "incidents"]
    moves[group[0]], moves[group[1]], moves[group[2]] = 2.0, -3.0, 1.5
    row = [float(i) for i in range(WIDE)]
    ((first, *rest),) = Voices([0.2] * WIDE).contributions(np.array([row]), moves[None])
    assert first.log_odds == 0.5
    assert first.feature == FEATURES[group[0]].name, "the one that moved most that way"
    assert first.words == FEATURES[group[0]].words.format("0") + " where 0.2 is usual"
    assert all(c.log_odds == 0 for c in rest)
    assert len(rest) == EXPLAINED - 1


def test_rows_without_the_question_are_not_learnt_from(rows: np.ndarray) -> None:
    y = (rows[:, 0] > 5).astype(np.float64)
    some = y.copy()
    some[::2] = np.nan
    told, half = ensemble.fit(rows, some), ensemble.fit(rows[1::2], y[1::2])
    assert np.array_equal(ensemble.predict(told, rows), ensemble.predict(half, rows))
