"""The numbers of all features of many rows, compiled; what they mean stands in ``features``.

A row's numbers depend on its own tallies and day alone. Sums of decays are added up in the order
in which numpy adds arrays of one entry a day: they are those of such arrays to the last bit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.escalation.compiled import part

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY, FATAL, DEATHS, NEARBY, CLOSE = 0, 2, 3, 4, 5
"""Columns of a table of tallies: shape (n_days, 6), by day; 1 holds incidents of all kinds."""


class Plan(NamedTuple):
    """All that the features are computed by.

    Lengths and ages are in days and ascend; ``n_ages`` is the days remembered and today.
    """

    fatal_windows: Ints
    deaths_windows: Ints
    nearby_windows: Ints
    worst_window: int
    weeks: Ints
    """Over how many weeks those with a fatal incident are counted."""
    decays: Floats
    """Weights by age: (n_ages, n_decays)."""
    kinds: Ints
    """Of what each decay is, ascending: fatal events, deaths, magnitudes, nearby, close."""
    slots: Ints
    steps: Ints
    """The order of a sum over ages (``sums.order``)."""
    magnitudes: Floats
    """log(1 + deaths) by deaths, as far as tolls are usual."""
    horizon: int
    base: int
    quiet: int
    deaths: float
    ratio: float
    """What an escalation and an onset are (``labels``); ``ratio`` is of ``base`` days' deaths."""
    shares: Ints
    """How many fortnights each share of those above the threshold is of."""
    fading: Floats
    """Weights of past escalations: (n_fortnights, n_decays), the latest first."""
    fading_slots: Ints
    fading_steps: Ints
    usual_escalation: float
    usual_onset: float
    usual_renewal: Floats
    """Weight of what is usual, in events: of escalations, onsets, and renewals by the lull."""
    prior_days: float
    prior_gaps: float
    """Weight of what is usual against a segment's own: in days and in gaps."""


def fill(table: Ints, ends: Ints, todays: Ints, plan: Plan, out: Floats) -> None:
    """Write the features of each row.

    Parameters
    ----------
    table
        Tallies of all rows, one row's after the other's, by day: (n_tallies, 6).
    ends, todays
        Where each row's tallies end, and its day: (n_rows,).
    out
        Written to: (n_rows, n_features).
    """
    n_ages = len(plan.decays)
    fatal, deaths = np.empty(n_ages + 1), np.empty(n_ages + 1)
    sums = np.empty((plan.slots.max() + 1, plan.decays.shape[1]))
    start = 0
    for row in range(len(ends)):
        known = _known(table[start : ends[row]], todays[row], n_ages)
        start = ends[row]
        _total(known, FATAL, fatal)
        _total(known, DEATHS, deaths)
        _decay(known, plan, sums)
        _write(known, fatal, deaths, sums[0], out[row], plan)


@part
def _known(tallies: Ints, today: int, n_ages: int) -> Ints:
    """Return the tallies that are neither forgotten nor yet to come, latest first, by their age."""
    first, last = 0, len(tallies)
    while last > first and tallies[last - 1, DAY] > today:
        last -= 1
    while first < last and today - tallies[first, DAY] >= n_ages:
        first += 1
    known = np.empty((6, last - first), dtype=np.int64)
    for i in range(last - first):
        for column in range(6):
            known[column, i] = tallies[last - 1 - i, column]
        known[DAY, i] = today - known[DAY, i]
    return known


@part
def _total(known: Ints, column: int, total: Floats) -> None:
    """Write how much happened at a lower age: (n_ages + 1,)."""
    so_far, at = 0.0, 0
    for i in range(known.shape[1]):
        if known[column, i]:
            total[at : known[DAY, i] + 1] = so_far
            at = known[DAY, i] + 1
            so_far += known[column, i]
    total[at:] = so_far


@part
def _decay(known: Ints, plan: Plan, sums: Floats) -> None:
    """Write to the first slot what happened, weighing less the older it is: (n_slots, n_decays)."""
    sums[:] = 0
    worth = np.empty(5)
    for i in range(known.shape[1]):
        age, toll = known[DAY, i], known[DEATHS, i]
        worth[0], worth[1], worth[3] = known[FATAL, i], toll, known[NEARBY, i]
        worth[2] = plan.magnitudes[toll] if toll < len(plan.magnitudes) else np.log1p(float(toll))
        worth[4] = known[CLOSE, i]
        slot, weight = sums[plan.slots[age]], plan.decays[age]
        for at in range(len(slot)):
            slot[at] += worth[plan.kinds[at]] * weight[at]
    _join(sums, plan.steps)


@part
def _join(sums: Floats, steps: Ints) -> None:
    """Add the sums of all slots to the first: (n_slots, n_sums)."""
    for i in range(len(steps)):
        to, of = sums[steps[i, 0]], sums[steps[i, 1]]
        for at in range(len(to)):
            to[at] += of[at]


@part
def _write(
    known: Ints, fatal: Floats, deaths: Floats, decayed: Floats, out: Floats, plan: Plan
) -> None:
    """Write one row in the order of ``FEATURES``."""
    at = _windows(fatal, plan.fatal_windows, out, 0)
    at = _decays(decayed, plan.kinds, 0, 0, out, at)
    at = _active(known[FATAL], fatal, plan.weeks, out, at)
    at = _windows(deaths, plan.deaths_windows, out, at)
    at = _decays(decayed, plan.kinds, 1, 2, out, at)
    out[at] = _worst(known, plan.worst_window)
    at = _escalations(deaths, plan, out, at + 1)
    at = _lulls(known, fatal, plan, out, at)
    at = _windows_of(known, NEARBY, plan.nearby_windows, out, at)
    at = _decays(decayed, plan.kinds, 3, 4, out, at)
    out[at] = _since(known, NEARBY, len(plan.decays) - 1)
    out[at + 1] = _since(known, CLOSE, len(plan.decays) - 1)


@part
def _decays(decayed: Floats, kinds: Ints, first: int, last: int, out: Floats, at: int) -> int:
    """Write the decays of some kinds."""
    for i in range(len(kinds)):
        if first <= kinds[i] <= last:
            out[at] = decayed[i]
            at += 1
    return at


@part
def _windows(total: Floats, lengths: Ints, out: Floats, at: int) -> int:
    for i in range(len(lengths)):
        out[at + i] = total[lengths[i] + 1]
    return at + len(lengths)


@part
def _windows_of(known: Ints, column: int, lengths: Ints, out: Floats, at: int) -> int:
    """Count in each window; for what no feature needs the total of by age."""
    out[at : at + len(lengths)] = 0
    for i in range(known.shape[1]):
        for window in range(len(lengths)):
            if known[DAY, i] <= lengths[window]:
                out[at + window] += known[column, i]
    return at + len(lengths)


@part
def _active(counts: Ints, total: Floats, weeks: Ints, out: Floats, at: int) -> int:
    """Write how many days, and weeks of the last few, had a fatal incident."""
    out[at] = np.count_nonzero(counts)
    at += 1
    for i in range(len(weeks)):
        out[at + i] = 0
        for week in range(weeks[i]):
            out[at + i] += total[7 * week + 8] > total[7 * week + 1]
    return at + len(weeks)


@part
def _worst(known: Ints, window: int) -> float:
    worst = 0
    for i in range(known.shape[1]):
        if known[DAY, i] <= window:
            worst = max(worst, known[DEATHS, i])
    return float(worst)


@part
def _since(known: Ints, column: int, oldest: int) -> int:
    """Return how long ago something last happened [days], as far as is remembered."""
    for i in range(known.shape[1]):
        if known[column, i]:
            return int(known[DAY, i])
    return oldest


@part
def _escalations(total: Floats, plan: Plan, out: Floats, at: int) -> int:
    """Write what an escalation would take now, and how often that, or one, was reached before."""
    n = len(plan.fading)
    threshold = max(plan.deaths, plan.ratio * total[plan.base + 1])
    escalated, above = np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.uint8)
    # A fortnight that begins at an age ends 13 days younger; none is counted that is not over.
    ahead, begun = total[1:], total[plan.horizon + 1 :]
    before = begun[plan.base :]
    for i in range(n):
        fortnight = begun[i] - ahead[i]
        usual = plan.ratio * (before[i] - begun[i])
        escalated[i] = (fortnight >= plan.deaths) & (fortnight >= usual)
        above[i] = fortnight >= threshold
    out[at] = threshold
    at += 1
    times, since = 0, 0
    for share in range(len(plan.shares)):
        for i in range(since, plan.shares[share]):
            times += above[i]
        since = plan.shares[share]
        out[at + share] = times / since
    at += len(plan.shares)
    times = _fading(escalated, plan, out, at)
    at += plan.fading.shape[1]
    out[at] = (times + plan.usual_escalation) / (n + plan.prior_days)
    return at + 1


@part
def _fading(escalated: NDArray[np.uint8], plan: Plan, out: Floats, at: int) -> int:
    """Write the escalations, each weighing less the older it is; return how many there are."""
    times = 0
    for i in range(len(escalated)):
        times += escalated[i]
    n_decays = plan.fading.shape[1]
    if not times:
        out[at : at + n_decays] = 0
        return 0
    sums = np.zeros((plan.fading_slots.max() + 1, n_decays))
    for i in range(len(escalated)):
        if escalated[i]:
            for decay in range(n_decays):
                sums[plan.fading_slots[i], decay] += plan.fading[i, decay]
    _join(sums, plan.fading_steps)
    out[at : at + n_decays] = sums[0]
    return times


@part
def _lulls(known: Ints, total: Floats, plan: Plan, out: Floats, at: int) -> int:
    """Write how readily violence began after quiet, and how lulls such as this one ended."""
    quiet, begun = 0, 0
    ahead, now = total[1:], total[plan.horizon + 1 :]
    before = now[plan.quiet :]
    for i in range(len(before)):
        calm = before[i] == now[i]
        quiet += calm
        begun += calm & (now[i] > ahead[i])
    since = _since(known, FATAL, len(plan.decays) - 1)
    longer, ended = _gaps(known, since, plan.horizon)
    out[at] = since
    out[at + 1] = (begun + plan.usual_onset) / (quiet + plan.prior_days)
    out[at + 2] = (ended + plan.usual_renewal[since]) / (longer + plan.prior_gaps)
    out[at + 3] = longer
    return at + 4


@part
def _gaps(known: Ints, since: int, horizon: int) -> tuple[int, int]:
    """Count the past lulls as long as ``since``, and those of them that ended soon after."""
    longer, ended, last = 0, 0, -1
    for i in range(known.shape[1]):
        if known[FATAL, i]:
            gap = known[DAY, i] - last
            if last >= 0 and gap >= since:
                longer += 1
                ended += gap < since + horizon
            last = known[DAY, i]
    return longer, ended
