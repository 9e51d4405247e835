"""What several models said out of sample of one label, and what then happened."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MODEL = "model"
"""The name under which our own model's forecasts stand."""

_EPOCH = 719163
"""Proleptic ordinal of 1970-01-01, from which numpy counts days."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts of one label by several models, one entry per segment and week.

    Every array has shape (n_rows,) and the same order of rows.

    Raises
    ------
    ValueError
        An array has another length, a probability lies outside [0, 1], a test year has no share
        of positives in training, or a true label has no first event within its horizon.
    """

    label: str
    horizon_days: int
    truth: NDArray[np.bool_]
    said: dict[str, NDArray[np.float64]]
    """Probability by model: ``model`` is ours, ``reference boosted`` the baseline to beat."""
    day: NDArray[np.int64]
    """Proleptic ordinal of the day of issue."""
    segment: NDArray[np.str_]
    border: NDArray[np.str_]
    continent: NDArray[np.str_]
    """``Asia``; ``Africa/Asia`` where the two countries lie on different ones."""
    first_event: NDArray[np.int64]
    """Day of the first event in the horizon that makes the label true; -1 where it is false."""
    missed_positives: int
    """True labels on segments that got no forecast, having had no event in five years."""
    training_share: dict[int, float]
    """Test year to the share of positives in that year's training rows: climatology."""

    def __post_init__(self) -> None:
        rows = len(self.truth)
        columns = {n: getattr(self, n) for n in ("day", "segment", "border", "continent")}
        for name, column in (columns | {"first_event": self.first_event} | self.said).items():
            if column.shape != (rows,):
                msg = f"{name}: shape {column.shape}; expected ({rows},), as truth has"
                raise ValueError(msg)
        for name, p in self.said.items():
            if not np.all((p >= 0) & (p <= 1)):
                msg = f"{name}: holds values outside [0, 1]; expected probabilities"
                raise ValueError(msg)
        missing = sorted(set(np.unique(self.year()).tolist()) - set(self.training_share))
        if missing:
            msg = f"training_share: {missing} are missing; expected every year of a forecast"
            raise ValueError(msg)
        self._check_events()

    def _check_events(self) -> None:
        if np.any(self.truth != (self.first_event >= 0)):
            msg = "first_event: expected a day exactly where truth is true, -1 elsewhere"
            raise ValueError(msg)
        ahead = (self.first_event - self.day)[self.truth]
        if np.any((ahead < 0) | (ahead >= self.horizon_days)):
            msg = (
                f"first_event: {ahead.min()} to {ahead.max()} days after the issue; expected 0 to "
                f"{self.horizon_days - 1}, the horizon of {self.label}"
            )
            raise ValueError(msg)

    def year(self) -> NDArray[np.int64]:
        """Return the year of issue of each row, of shape (n_rows,)."""
        days = (self.day - _EPOCH).astype("datetime64[D]")
        return days.astype("datetime64[Y]").astype(np.int64) + 1970

    def climatology(self) -> NDArray[np.float64]:
        """Return the training share of positives of each row's year, of shape (n_rows,)."""
        years, where = np.unique(self.year(), return_inverse=True)
        return np.array([self.training_share[int(y)] for y in years], dtype=np.float64)[where]

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Forecasts":
        """Return the rows chosen by mask or index, in that order."""
        return replace(
            self,
            truth=self.truth[rows],
            said={name: said[rows] for name, said in self.said.items()},
            day=self.day[rows],
            segment=self.segment[rows],
            border=self.border[rows],
            continent=self.continent[rows],
            first_event=self.first_event[rows],
        )
