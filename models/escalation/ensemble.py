"""The model of one label: the mean of the log-odds of a linear and of a boosted model.

The linear one is steady where there is little to go by, the boosted one finds what is not linear;
their mean ranks better than either.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from models.escalation.features import scaled

Matrix = NDArray[np.float64]

SHRINKAGE = 0.05
"""Inverse strength of the linear model's L2 penalty: the features say much the same twice."""

BOOSTING = {
    "learning_rate": 0.06,
    "max_iter": 150,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 50,
    "l2_regularization": 20.0,
    "max_features": 0.3,
    "early_stopping": False,
    "random_state": 0,
}
"""Strongly regularised: slow, small trees that each split sees a third of the features for."""

Estimators = dict[str, Pipeline | HistGradientBoostingClassifier]
"""The two fitted models by name: ``linear`` and ``boosted``."""


def fit(x: Matrix, y: NDArray[np.float64]) -> Estimators:
    """Return the models fitted on ``x`` (n_rows, n_features), in their units, and ``y`` (n_rows,).

    Rows where ``y`` is NaN, to which the question does not apply, are left out.
    """
    asked = ~np.isnan(y)
    seen, truth = scaled(x[asked]), y[asked].astype(bool)
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=SHRINKAGE, max_iter=2000))
    boosted = HistGradientBoostingClassifier(**BOOSTING)
    return {"linear": linear.fit(seen, truth), "boosted": boosted.fit(seen, truth)}


def predict(fitted: Estimators, x: Matrix) -> Matrix:
    """Return the probability of each row of ``x``, in their units, of shape (n_rows,)."""
    seen = scaled(x)
    log_odds = sum(fitted[name].decision_function(seen) for name in ("linear", "boosted")) / 2
    p: Matrix = 1 / (1 + np.exp(-log_odds))
    return p
