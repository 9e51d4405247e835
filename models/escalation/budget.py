"""What alerts at a budget bring, with thresholds that never saw the year they are used in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.escalation.bootstrap import Blocks, measured, ratio
from models.escalation.events import Events, blind, events, leads, medians
from models.escalation.figures import BudgetFigures, Measured
from models.escalation.forecasts import Forecasts

BUDGETS = {"watch": 0.05, "warning": 0.01, "critical": 0.002}
"""Share of segment-weeks that may reach each level."""

WEEKS_PER_MONTH = 365.2425 / 12 / 7


def thresholds(
    said: NDArray[np.float64], year: NDArray[np.int64], share: float
) -> dict[int, float]:
    """Return for each test year but the first the probability at which an alarm begins.

    The lowest at which at most ``share`` of all forecasts of earlier test years raise one. It
    needs no truth, only forecasts that were issued before the year began.
    """
    years = np.unique(year)
    return {int(y): _threshold(said[year < y], share) for y in years[1:]}


def alarms(
    said: NDArray[np.float64], year: NDArray[np.int64], at: dict[int, float]
) -> NDArray[np.bool_]:
    """Return which rows reach the threshold of their year; never in a year without one."""
    years, where = np.unique(year, return_inverse=True)
    begins = np.array([at.get(int(y), np.inf) for y in years])
    reached: NDArray[np.bool_] = said >= begins[where]
    return reached


@dataclass(frozen=True, slots=True)
class Counted:
    """What budgets are counted on: the rows and events of every test year but the first.

    ``rows`` (n_rows,) and ``held`` (n_events,) are masks; ``issues`` says how many
    rows are about each event kept, and the blocks are those of what is kept.
    """

    forecasts: Forecasts
    events: Events
    year: NDArray[np.int64]
    rows: NDArray[np.bool_]
    blocks: Blocks
    held: NDArray[np.bool_]
    issues: NDArray[np.intp]
    event_blocks: Blocks


def counted(forecasts: Forecasts, blocks: Blocks) -> Counted:
    """Return what the budgets of every model of ``forecasts`` are counted on."""
    found, year = events(forecasts, blocks), forecasts.year()
    rows = year > year.min()
    issues = found.issues(rows)
    held = issues > 0
    on = found.blocks.of(held)
    return Counted(forecasts, found, year, rows, blocks.of(rows), held, issues[held], on)


def budgets(said: NDArray[np.float64], on: Counted) -> tuple[BudgetFigures, ...]:
    """Return the figures of one model, ``said`` (n_rows,), at each budget.

    None where there is a single test year: no threshold is known before it.
    """
    if not on.rows.any():
        return ()
    return tuple(_at_budget(level, share, said, on) for level, share in BUDGETS.items())


def _at_budget(level: str, share: float, said: NDArray[np.float64], on: Counted) -> BudgetFigures:
    at = thresholds(said, on.year, share)
    raised = alarms(said, on.year, at)
    weeks = on.blocks.sums(np.ones(int(on.rows.sum())))
    alarmed = ratio(on.blocks.sums(raised[on.rows]), weeks)
    return BudgetFigures(
        level=level,
        share=share,
        thresholds={y: round(t, 6) for y, t in at.items()},
        rows=int(on.rows.sum()),
        alarmed=measured(alarmed, on.blocks.spread(on.rows[on.rows])),
        **_weekly(raised[on.rows], weeks, on),
        **_caught(leads(on.events, on.forecasts, raised)[on.held], alarmed, on),
    )


def _weekly(
    raised: NDArray[np.bool_], weeks: NDArray[np.float64], on: Counted
) -> dict[str, Measured]:
    """Return what alarms are worth week by week; ``raised`` has one entry per row counted."""
    true, blocks = on.forecasts.truth[on.rows], on.blocks
    hits, false = blocks.sums(raised & true), blocks.sums(raised & ~true)
    return {
        "precision": measured(ratio(hits, hits + false), blocks.spread(raised)),
        "recall": measured(ratio(hits, blocks.sums(true)), blocks.spread(true)),
        "false_per_month": measured(
            ratio(false, weeks) * WEEKS_PER_MONTH, blocks.spread(raised & ~true)
        ),
    }


def _caught(lead: NDArray[np.int64], alarmed: NDArray[np.float64], on: Counted) -> dict[str, Any]:
    """Return what became of the events counted, from their leads [days], -1 for none."""
    blocks, onset = on.event_blocks, on.events.onset[on.held]
    every = np.ones(len(lead), dtype=np.bool_)
    hit, days = lead >= 0, on.forecasts.horizon_days
    share = ratio(blocks.sums(hit), blocks.sums(every))
    by_day = blocks.of(hit).tables(lead[hit].astype(np.intp), every[hit], days)
    by_issues = blocks.tables(on.issues, every, int(on.issues.max(initial=0)) + 1)
    spread = blocks.spread(every)
    return {
        "events": len(lead),
        "caught": measured(share, spread),
        "over_chance": measured(ratio(share, blind(alarmed, by_issues)), spread),
        "onsets": int(onset.sum()),
        "onsets_caught": measured(
            ratio(blocks.sums(hit & onset), blocks.sums(onset)), blocks.spread(onset)
        ),
        "lead_days": measured(medians(by_day), blocks.spread(hit)),
        "leads": tuple(int(n) for n in by_day[:, 0]),
    }


def _threshold(earlier: NDArray[np.float64], share: float) -> float:
    order = np.sort(earlier)[::-1]
    too_many = order[int(share * len(order))]
    above = order[order > too_many]
    return float(above[-1] if len(above) else np.nextafter(too_many, 1.1))
