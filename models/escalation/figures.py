"""What ``metrics.json`` holds: how the forecasts were made, and how good they were."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Figures):
    """A figure with its 95 % interval from the bootstrap by border."""

    value: float | None = Field(description="null where it is undefined, e.g. without positives.")
    low: float | None = Field(default=None, description="null where too few borders carry it.")
    high: float | None = None


class ReliabilityBin(_Figures):
    """Forecasts of about the same probability."""

    said: float = Field(description="Mean probability.")
    seen: Measured = Field(description="Share that came true.")
    rows: int = Field(ge=1, description="[segment-weeks]")


class BudgetFigures(_Figures):
    """What alerts bring when about a given share of segment-weeks may raise one.

    The threshold of a test year is taken from the forecasts of the test years before it. The
    first test year therefore only gives a threshold, and counts nowhere else here.
    """

    level: str = Field(description="The level that begins at this budget, e.g. 'watch'.")
    share: float = Field(gt=0, lt=1, description="Share of segment-weeks allowed.")
    thresholds: dict[int, float] = Field(description="Test year to probability of the alarm.")
    rows: int = Field(description="[segment-weeks] counted.")
    alarmed: Measured = Field(description="Share of segment-weeks that did raise an alarm.")
    precision: Measured = Field(description="Share of alarms that came true.")
    recall: Measured = Field(description="Share of true segment-weeks that had an alarm.")
    false_per_month: Measured = Field(description="[false weekly alarms per segment-month]")
    events: int = Field(description="Distinct first events on a segment.")
    caught: Measured = Field(description="Share of events with an alarm within the horizon.")
    over_chance: Measured = Field(description="caught over what as many alarms at random would.")
    onsets: int = Field(description="Events after 180 days without one on the segment.")
    onsets_caught: Measured = Field(description="Share of onsets with an alarm in the horizon.")
    lead_days: Measured = Field(description="[days] median lead of the events caught.")
    leads: tuple[int, ...] = Field(description="Events caught 0, 1, 2, ... days ahead.")


class ModelFigures(_Figures):
    """How good one model's forecasts of one label were."""

    average_precision: Measured
    auc: Measured
    brier: Measured
    brier_skill: Measured = Field(description="Over the training share of positives.")
    calibration_error: Measured
    reliability: tuple[ReliabilityBin, ...]
    budgets: tuple[BudgetFigures, ...] = Field(description="None with a single test year.")


class Gain(_Figures):
    """Average precision of the model minus that of ``over``, draw by draw on the same rows."""

    over: str
    difference: Measured


class Part(_Figures):
    """Average precision on some of the rows: a year, a continent, a border."""

    name: str
    rows: int = Field(description="[segment-weeks]")
    positives: int
    enough: bool = Field(description="At least 50 positives; fewer say little.")
    average_precision: dict[str, Measured] = Field(description="By model.")


class LabelFigures(_Figures):
    """How good the forecasts of one label were, of our model and of each baseline."""

    label: str
    horizon_days: int
    first_day: date = Field(description="Day of the first forecast.")
    last_day: date = Field(description="Day of the last forecast.")
    rows: int = Field(description="[segment-weeks]")
    positives: int
    missed_positives: int = Field(description="True segment-weeks that got no forecast.")
    segments: int
    borders: int
    training_share: dict[int, float] = Field(description="Climatology by test year.")
    models: dict[str, ModelFigures] = Field(description="'model' is ours.")
    gains: tuple[Gain, ...]
    years: tuple[Part, ...]
    continents: tuple[Part, ...]
    places: tuple[Part, ...] = Field(description="Borders; one border alone has no interval.")


class LeftOut(_Figures):
    """One border, forecast by a model that was trained with it and by one that was not."""

    border: str
    rows: int
    positives: int
    ap_in: float | None
    ap_out: float | None


class Protocol(_Figures):
    """What the figures rest on."""

    data_file: str = Field(description="Name without a folder.")
    data_sha256: str
    data_rows: int = Field(description="[events] in the file.")
    first_day: date = Field(description="Of the data.")
    last_day: date = Field(description="Of the data.")
    held_out_borders: tuple[str, ...]
    refits: tuple[date, ...] = Field(description="Days on which the model was trained anew.")
    draws: int = Field(description="Of the bootstrap by border.")
    seed: int
    libraries: dict[str, str]


class Figures(_Figures):
    """All of ``metrics.json``."""

    protocol: Protocol
    labels: tuple[LabelFigures, ...]
    leave_one_border_out: tuple[LeftOut, ...] = ()

    def of(self, label: str) -> LabelFigures:
        """Return the figures of one label.

        Raises
        ------
        KeyError
            There are none.
        """
        for figures in self.labels:
            if figures.label == label:
                return figures
        raise KeyError(label)
