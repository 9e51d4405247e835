"""What our model must beat, refitted on the same rows: simple rates, and a standard classifier."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.domain.violence import border_of
from models.escalation.dataset import Dataset
from models.escalation.features import FEATURE_NAMES
from models.escalation.ged import AROUND_KM, Sightings

Matrix = NDArray[np.float64]
Predict = Callable[[Matrix, NDArray[np.bool_], Matrix], Matrix]
"""(x_train, y_train, x_test) -> probabilities (n_test,)"""

_OWN = (
    *(f"fatal_{d}d" for d in (7, 14, 30, 90, 365, 1826)),
    *(f"deaths_{d}d" for d in (7, 30, 90, 365)),
    "days_since_fatal",
    *(f"ewma_{h}d" for h in (7, 30, 180)),
)
_NEIGHBOUR_DAYS = (7, 30, 90)
_BORDER_DAYS = (30, 365)
REFERENCE_NAMES = (
    *_OWN,
    *(f"neighbours_{AROUND_KM:.0f}km_{d}d" for d in _NEIGHBOUR_DAYS),
    *(f"border_{d}d" for d in _BORDER_DAYS),
)
"""The 19 columns that the reference models see as log(1 + value)."""


def reference(rows: Dataset, sightings: Sightings) -> Matrix:
    """Return what the reference models see: shape (n_rows, 19), see ``REFERENCE_NAMES``.

    Neighbours are events of other segments within 110 km; a border is all segments of a pair of
    countries. Both are counted up to the day before the day of issue, as the own features are.
    """
    own = [rows.x[:, FEATURE_NAMES.index(name)] for name in _OWN]
    # Which segment's events they are, and which rows ask for them.
    near = ~sightings.own & (sightings.km <= AROUND_KM)
    around = _counts(sightings.segment[near], sightings.day[near], rows.segment, rows.day)
    mine = sightings.own
    along = _counts(
        borders_of(sightings.segment[mine]), sightings.day[mine], borders_of(rows.segment), rows.day
    )
    wide = [around(d) for d in _NEIGHBOUR_DAYS] + [along(d) for d in _BORDER_DAYS]
    return np.log1p(np.stack([*own, *wide], axis=1))


def borders_of(segments: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the borders that segments belong to: ``KGZ-TJK`` of ``KGZ-TJK-050-02``."""
    ids, where = np.unique(segments, return_inverse=True)
    return np.array([border_of(str(s)) for s in ids])[where]


def _counts(
    place: NDArray[np.str_],
    day: NDArray[np.int64],
    asked: NDArray[np.str_],
    today: NDArray[np.int64],
) -> Callable[[int], Matrix]:
    """Return a function that counts, for each row, the place's events of the last n days."""
    days = {str(p): np.sort(day[place == p]) for p in np.unique(place)}
    groups = [(days.get(str(p)), np.flatnonzero(asked == p)) for p in np.unique(asked)]

    def within(n: int) -> Matrix:
        counted = np.zeros(len(asked))
        for events, rows in groups:
            if events is not None:
                until = np.searchsorted(events, today[rows])
                counted[rows] = until - np.searchsorted(events, today[rows] - n)
        return counted

    return within


def boosted(x: Matrix, y: NDArray[np.bool_], asked: Matrix) -> Matrix:
    """Predict by scikit-learn's boosted trees as they come."""
    model = HistGradientBoostingClassifier(random_state=0).fit(x, y)
    p: Matrix = model.predict_proba(asked)[:, 1]
    return p


def logistic(x: Matrix, y: NDArray[np.bool_], asked: Matrix) -> Matrix:
    """Predict by a logistic regression."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(x, y)
    p: Matrix = model.predict_proba(asked)[:, 1]
    return p


def constant(x: Matrix, y: NDArray[np.bool_], asked: Matrix) -> Matrix:  # noqa: ARG001
    """Predict the share of positives in training, always."""
    return np.full(len(asked), y.mean())


def alone(name: str) -> Predict:
    """Return a prediction by one column of the reference, calibrated by a logistic curve."""
    column = [REFERENCE_NAMES.index(name)]

    def predict(x: Matrix, y: NDArray[np.bool_], asked: Matrix) -> Matrix:
        if np.ptp(x[:, column]) == 0:
            return constant(x, y, asked)
        return logistic(x[:, column], y, asked[:, column])

    return predict


BASELINES: Mapping[str, Predict] = {
    "climatology": constant,
    "last value": alone("fatal_14d"),
    "rolling 30 d": alone("fatal_30d"),
    "rolling 90 d": alone("fatal_90d"),
    "rolling 365 d": alone("fatal_365d"),
    "ewma 30 d": alone("ewma_30d"),
    "logistic": logistic,
    "reference boosted": boosted,
}
