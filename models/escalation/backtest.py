"""Forecasts as they would have been made: refitted every year on what was then known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from models.escalation import ensemble
from models.escalation.baselines import BASELINES, borders_of, reference
from models.escalation.dataset import Dataset
from models.escalation.figures import LeftOut
from models.escalation.forecasts import MODEL, Forecasts
from models.escalation.ged import Sightings
from models.escalation.labels import ASKED, Label

GROUPS = 5
"""Into how many groups borders are dealt, each left out of training once."""

ENOUGH = 50
"""How many true rows a border must have for its average precision to say something."""


@dataclass(frozen=True, slots=True)
class Period:
    """One refit: what it was trained on, and the rows that it was asked about."""

    refit: date
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]


def periods(rows: Dataset, label: Label, first: date, last: date) -> list[Period]:
    """Return the refits of the forecasts from ``first`` to ``last``.

    A row is trained on once its whole horizon is over: the embargo.
    """
    starts = refits(first, last)
    ends = [*starts[1:], date.fromordinal(last.toordinal() + 1)]
    return [_period(rows, label, *span) for span in zip(starts, ends, strict=True)]


def refits(first: date, last: date) -> list[date]:
    """Return the days on which the model is trained anew: ``first`` and each 1 January."""
    return [first, *(date(y, 1, 1) for y in range(first.year + 1, last.year + 1))]


def _period(rows: Dataset, label: Label, start: date, end: date) -> Period:
    """Return the refit at ``start`` and what it is asked until before ``end``."""
    asked = ~np.isnan(rows.y[:, ASKED.index(label)])
    over = rows.day + label.horizon_days <= start.toordinal()
    test = (rows.day >= start.toordinal()) & (rows.day < end.toordinal())
    return Period(start, asked & over, asked & test)


def forecast(
    rows: Dataset,
    sightings: Sightings,
    first: date,
    last: date,
    continents: Mapping[str, str],
    on_fit: Callable[[str], None] = lambda _what: None,
) -> list[Forecasts]:
    """Return the forecasts of every label from ``first`` to ``last``, by every model.

    Parameters
    ----------
    continents
        By border; a border that is not in it has none, "".
    on_fit
        Called with the name of the model before each fit.

    Raises
    ------
    TooLittle
        There are no rows to train on, or none to ask about.
    """
    seen = reference(rows, sightings)
    return [_of_label(rows, seen, label, first, last, continents, on_fit) for label in ASKED]


class TooLittle(ValueError):
    """The data is too short for the forecasts that are asked for."""


def _of_label(
    rows: Dataset,
    seen: NDArray[np.float64],
    label: Label,
    first: date,
    last: date,
    continents: Mapping[str, str],
    on_fit: Callable[[str], None],
) -> Forecasts:
    y = rows.y[:, ASKED.index(label)]
    said: dict[str, list[NDArray[np.float64]]] = {}
    tests, shares = [], {}
    for period in periods(rows, label, first, last):
        train, test = period.train, period.test
        _check(y[train], test, label, period.refit)
        truth = y[train] == 1
        for name, predict in BASELINES.items():
            on_fit(f"{label.name}, {period.refit.year}: {name}")
            said.setdefault(name, []).append(predict(seen[train], truth, seen[test]))
        on_fit(f"{label.name}, {period.refit.year}: {MODEL}")
        fitted = ensemble.fit(rows.x[train], y[train])
        said.setdefault(MODEL, []).append(ensemble.predict(fitted, rows.x[test]))
        shares[period.refit.year] = float(truth.mean())
        tests.append(np.flatnonzero(test))
    return _collected(rows, label, np.concatenate(tests), said, shares, continents)


def _check(y: NDArray[np.float64], test: NDArray[np.bool_], label: Label, refit: date) -> None:
    if not 0 < (y == 1).sum() < len(y):
        msg = (
            f"{label.name}: the data before {refit} holds {len(y)} forecasts that can be learnt "
            f"from, {int((y == 1).sum())} of them true; expected both kinds. Forecasts need five "
            "years of history before the first: begin later, or give older data"
        )
        raise TooLittle(msg)
    if not test.any():
        msg = f"{label.name}: the data holds no week to forecast from {refit} on; end earlier"
        raise TooLittle(msg)


def _collected(
    rows: Dataset,
    label: Label,
    at: NDArray[np.intp],
    said: Mapping[str, Sequence[NDArray[np.float64]]],
    shares: dict[int, float],
    continents: Mapping[str, str],
) -> Forecasts:
    number = ASKED.index(label)
    border = borders_of(rows.segment[at])
    truth = rows.y[at, number] == 1
    within = (rows.missed_day >= rows.day[at].min()) & (rows.missed_day <= rows.day[at].max())
    return Forecasts(
        label=label.name,
        horizon_days=label.horizon_days,
        truth=truth,
        said={name: np.clip(np.concatenate(parts), 0.0, 1.0) for name, parts in said.items()},
        day=rows.day[at],
        segment=rows.segment[at],
        border=border,
        continent=np.array([continents.get(str(b), "") for b in border]),
        first_event=np.where(truth, rows.first_event[at], -1),
        missed_positives=int((rows.missed_y[within, number] == 1).sum()),
        training_share=shares,
    )


def once(rows: Dataset, label: Label, first: date, last: date) -> Forecasts:
    """Return the forecasts from ``first`` to ``last`` of our model, fitted once, at ``first``.

    Raises
    ------
    TooLittle
        There are no rows to train on, or none to ask about.
    """
    y = rows.y[:, ASKED.index(label)]
    period = _period(rows, label, first, date.fromordinal(last.toordinal() + 1))
    _check(y[period.train], period.test, label, first)
    said = {MODEL: [_predicted(rows, y, period.train, period.test)]}
    share = float((y[period.train] == 1).mean())
    shares = dict.fromkeys(range(first.year, last.year + 1), share)
    return _collected(rows, label, np.flatnonzero(period.test), said, shares, {})


def leave_borders_out(
    rows: Dataset,
    label: Label,
    first: date,
    last: date,
    on_fit: Callable[[str], None] = lambda _what: None,
) -> tuple[LeftOut, ...]:
    """Return what the model is worth on borders that it has never seen, beside what it usually is.

    The borders are dealt into ``GROUPS`` groups by their number of true rows; each group is left
    out of a model that is fitted once, at ``first``, and asked about the whole time. Borders with
    fewer than ``ENOUGH`` true rows in that time are not listed.
    """
    y = rows.y[:, ASKED.index(label)]
    period = _period(rows, label, first, date.fromordinal(last.toordinal() + 1))
    test = period.test
    border = borders_of(rows.segment)
    on_fit(f"{label.name}: every border known")
    known = _predicted(rows, y, period.train, test)
    names, counts = np.unique(border[test & (y == 1)], return_counts=True)
    listed = sorted(zip(counts.tolist(), names.tolist(), strict=True), reverse=True)
    dealt = {name: i % GROUPS for i, (_, name) in enumerate(listed)}
    group = np.array([dealt.get(str(b), GROUPS - 1) for b in border])
    unknown = np.full(len(y), np.nan)
    for number in range(GROUPS):
        on_fit(f"{label.name}: borders left out, {number + 1} of {GROUPS}")
        out = test & (group == number)
        unknown[out] = _predicted(rows, y, period.train & (group != number), out)
    usual = np.full(len(y), np.nan)
    usual[test] = known
    return tuple(
        LeftOut(
            border=name,
            rows=int(here.sum()),
            positives=count,
            ap_in=round(float(average_precision_score(y[here] == 1, usual[here])), 4),
            ap_out=round(float(average_precision_score(y[here] == 1, unknown[here])), 4),
        )
        for count, name in listed
        if count >= ENOUGH
        for here in [test & (border == name)]
    )


def _predicted(
    rows: Dataset,
    y: NDArray[np.float64],
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
) -> NDArray[np.float64]:
    if not test.any():
        return np.zeros(0)
    return ensemble.predict(ensemble.fit(rows.x[train], y[train]), rows.x[test])
