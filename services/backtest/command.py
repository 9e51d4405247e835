"""``forewarn backtest``: forecasts as they would have been made, measured, and shown on a page."""

import os
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.progress import Progress
from rich.table import Table

from models.domain.segments import Atlas
from models.escalation import backtest, blindness, dataset, ged, skill, words
from models.escalation.baselines import BASELINES
from models.escalation.bootstrap import DRAWS, SEED
from models.escalation.dataset import Dataset
from models.escalation.figures import Figures, LabelFigures, Protocol
from models.escalation.forecasts import MODEL
from models.escalation.ged import Sightings
from models.escalation.labels import ALERTING, ASKED
from models.escalation.train import HELD_OUT, LIBRARIES, data_hash
from services.backtest import continents, report
from services.borders import load_segments
from services.progress import progress
from services.terminal import Terminal

CHECKED = 40
"""How many segments' features are built again without the future."""

SHOWN = ("ewma 30 d", "logistic", "reference boosted")
"""The baselines of the table on the terminal; the page has all."""


def run(
    data: Sequence[Path], first: date, last: date, folder: Path, segment_km: int, screen: Terminal
) -> Figures:
    """Forecast, measure, write the report to ``folder`` and print the table to ``screen``.

    Raises
    ------
    NotGed, TooLittle, Peeked
        The files are no GED files, hold too little, or a forecast saw what came later.
    """
    segments = load_segments(None, segment_km)
    with progress(screen) as bar:
        sightings, rows = _read(data, Atlas(segments), bar)
        last = min(last, date.fromordinal(int(rows.day.max())))
        seen = _check(sightings, date(first.year + (last.year - first.year) // 2, 1, 1), bar)
        task = bar.add_task("models", total=_fits(first, last))
        made = backtest.forecast(
            rows,
            sightings,
            first,
            last,
            continents.of_borders({s.border_id: s.countries for s in segments}),
            lambda what: bar.update(task, description=what, advance=1),
        )
        alerting = next(label for label in ASKED if label.name == ALERTING)
        left_out = backtest.leave_borders_out(
            rows, alerting, first, last, lambda what: bar.update(task, description=what, advance=1)
        )
        bar.update(task, description="figures", total=None)
        figures = skill.figures(_protocol(data, sightings, first, last), made)
        figures = figures.model_copy(update={"leave_one_border_out": left_out})
        bar.update(task, description="the page")
        metrics, page = report.write(folder, figures, made, segments)
    screen.print(_table(figures))
    screen.print(f"{seen:,} rows built without their future are the same: nothing peeks.")
    screen.say(f"{metrics}\n{page}")
    return figures


def _read(data: Sequence[Path], atlas: Atlas, bar: Progress) -> tuple[Sightings, Dataset]:
    places = bar.add_task("places", total=None)
    sightings = ged.read(
        data, atlas, HELD_OUT, lambda n, of: bar.update(places, completed=n, total=of)
    )
    task = bar.add_task("segments replayed", total=None)
    rows = dataset.build(
        sightings, lambda n, of: bar.update(task, completed=n, total=of), os.cpu_count() or 1
    )
    return sightings, rows


def _check(sightings: Sightings, cut: date, bar: Progress) -> int:
    """Build some segments' rows again without what came from ``cut`` on."""
    bar.add_task("looking for leaks", total=None)
    owners = np.unique(sightings.segment[sightings.own])
    some = owners[:: max(1, len(owners) // CHECKED)]
    part = sightings.of(np.isin(sightings.segment, some))
    return blindness.check_features(part, dataset.build, cut.toordinal())


def _fits(first: date, last: date) -> int:
    each = len(BASELINES) + 1
    return len(ASKED) * len(backtest.refits(first, last)) * each + backtest.GROUPS + 1


def _protocol(data: Sequence[Path], sightings: Sightings, first: date, last: date) -> Protocol:
    return Protocol(
        data_file=", ".join(path.name for path in data),
        data_sha256=data_hash(data),
        data_rows=int(sightings.own.sum()),
        first_day=date.fromordinal(int(sightings.day.min())),
        last_day=date.fromordinal(int(sightings.day.max())),
        held_out_borders=HELD_OUT,
        refits=tuple(backtest.refits(first, last)),
        draws=DRAWS,
        seed=SEED,
        libraries={name: version(name) for name in LIBRARIES},
    )


def _table(figures: Figures) -> Table:
    table = Table(title="Average precision / AUC / Brier skill / calibration error")
    table.add_column("label", no_wrap=True)
    for column in (*SHOWN, MODEL, "gain over reference boosted"):
        table.add_column(column)
    for label in figures.labels:
        cells = [_cell(label, name) for name in (*SHOWN, MODEL)]
        gain = next(g.difference for g in label.gains if g.over == "reference boosted")
        table.add_row(label.label, *cells, words.gain(gain, digits=4))
    return table


def _cell(label: LabelFigures, name: str) -> str:
    m = label.models[name]
    return " / ".join(
        words.plain(f) for f in (m.average_precision, m.auc, m.brier_skill, m.calibration_error)
    )
