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


class Counts(NamedTuple):
    """Over how many days, which ascend, and weeks what happened is counted."""

    fatal: Ints
    deaths: Ints
    nearby: Ints
    worst: int
    weeks: Ints


class Decays(NamedTuple):
    """How what happened weighs less the older it is."""

    weights: Floats
    """By age: (n_ages, n_decays), of the days remembered and today."""
    kinds: Ints
    """Of what each decay is, ascending: fatal events, deaths, magnitudes, nearby, close."""
    slots: Ints
    steps: Ints
    """The order of a sum over ages (``sums.order``)."""
    magnitudes: Floats
    """log(1 + deaths) by deaths, as far as tolls are usual."""


class Escalations(NamedTuple):
    """What an escalation is (``labels``), and how past ones are counted."""

    horizon: int
    base: int
    deaths: float
    ratio: float
    """How many deaths make one: ``ratio`` of those of ``base`` days, and ``deaths`` at least."""
    shares: Ints
    """How many fortnights each share of those above the threshold is of."""
    fading: Floats
    """Weights of past escalations: (n_fortnights, n_decays), the latest first."""
    slots: Ints
    steps: Ints
    """The order of a sum over fortnights."""
    usual: float
    prior: float
    """What is usual, in escalations, and its weight [days]."""


class Lulls(NamedTuple):
    """What quiet is (``labels``), and how past lulls are counted."""

    horizon: int
    quiet: int
    usual_onset: float
    usual_renewal: Floats
    """What is usual, in onsets, and by the length of the lull, in renewals."""
    prior_days: float
    prior_gaps: float
    """The weight of either."""


class Plan(NamedTuple):
    """All that the features are computed by."""

    counts: Counts
    decays: Decays
    escalations: Escalations
    lulls: Lulls


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
    n_ages, n_decays = plan.decays.weights.shape
    fatal, deaths = np.empty(n_ages + 1), np.empty(n_ages + 1)
    sums = np.empty((plan.decays.slots.max() + 1, n_decays))
    start = 0
    for row in range(len(ends)):
        known = _known(table[start : ends[row]], todays[row], n_ages)
        start = ends[row]
        _total(known, FATAL, fatal)
        _total(known, DEATHS, deaths)
        _decay(known, plan.decays, sums)
        _write(known, fatal, deaths, sums[0], plan, out[row])


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
def _decay(known: Ints, by: Decays, sums: Floats) -> None:
    """Write to the first slot what happened, weighing less the older it is: (n_slots, n_decays)."""
    sums[:] = 0
    worth = np.empty(5)
    for i in range(known.shape[1]):
        toll = known[DEATHS, i]
        worth[0], worth[1], worth[3] = known[FATAL, i], toll, known[NEARBY, i]
        worth[2] = by.magnitudes[toll] if toll < len(by.magnitudes) else np.log1p(float(toll))
        worth[4] = known[CLOSE, i]
        slot, weights = sums[by.slots[known[DAY, i]]], by.weights[known[DAY, i]]
        for at in range(len(slot)):
            slot[at] += worth[by.kinds[at]] * weights[at]
    _join(sums, by.steps)


@part
def _join(sums: Floats, steps: Ints) -> None:
    """Add the sums of all slots to the first: (n_slots, n_sums)."""
    for i in range(len(steps)):
        to, of = sums[steps[i, 0]], sums[steps[i, 1]]
        for at in range(len(to)):
            to[at] += of[at]


@part
def _write(
    known: Ints, fatal: Floats, deaths: Floats, decayed: Floats, plan: Plan, out: Floats
) -> None:
    """Write one row in the order of ``FEATURES``."""
    counts, kinds, oldest = plan.counts, plan.decays.kinds, len(fatal) - 2
    at = _windows(fatal, counts.fatal, out, 0)
    at = _decays(decayed, kinds, 0, 0, out, at)
    at = _active(known[FATAL], fatal, counts.weeks, out, at)
    at = _windows(deaths, counts.deaths, out, at)
    at = _decays(decayed, kinds, 1, 2, out, at)
    out[at] = _worst(known, counts.worst)
    at = _escalations(deaths, plan.escalations, out, at + 1)
    at = _lulls(known, fatal, plan.lulls, out, at)
    at = _windows_of(known, NEARBY, counts.nearby, out, at)
    at = _decays(decayed, kinds, 3, 4, out, at)
    out[at] = _since(known, NEARBY, oldest)
    out[at + 1] = _since(known, CLOSE, oldest)


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
    for window in range(len(lengths)):
        out[at + window] = 0
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
def _escalations(total: Floats, by: Escalations, out: Floats, at: int) -> int:
    """Write what an escalation would take now, and how often that, or one, was reached before."""
    n = len(by.fading)
    threshold = max(by.deaths, by.ratio * total[by.base + 1])
    escalated, above = np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.uint8)
    # A fortnight that begins at an age ends 13 days younger; none is counted that is not over.
    ahead, begun = total[1:], total[by.horizon + 1 :]
    before = begun[by.base :]
    for i in range(n):
        fortnight = begun[i] - ahead[i]
        usual = by.ratio * (before[i] - begun[i])
        escalated[i] = (fortnight >= by.deaths) & (fortnight >= usual)
        above[i] = fortnight >= threshold
    out[at] = threshold
    at = _shares(above, by.shares, out, at + 1)
    times = _fading(escalated, by, out, at)
    at += by.fading.shape[1]
    out[at] = (times + by.usual) / (n + by.prior)
    return at + 1


@part
def _shares(above: NDArray[np.uint8], of: Ints, out: Floats, at: int) -> int:
    """Write which share of the last few fortnights was above the threshold."""
    times, first = 0, 0
    for share in range(len(of)):
        for i in range(first, of[share]):
            times += above[i]
        first = of[share]
        out[at + share] = times / first
    return at + len(of)


@part
def _fading(escalated: NDArray[np.uint8], by: Escalations, out: Floats, at: int) -> int:
    """Write the escalations, each weighing less the older it is; return how many there are."""
    times, n_decays = 0, by.fading.shape[1]
    for i in range(len(escalated)):
        times += escalated[i]
    if not times:
        for decay in range(n_decays):
            out[at + decay] = 0
        return 0
    sums = np.zeros((by.slots.max() + 1, n_decays))
    for i in range(len(escalated)):
        if escalated[i]:
            for decay in range(n_decays):
                sums[by.slots[i], decay] += by.fading[i, decay]
    _join(sums, by.steps)
    for decay in range(n_decays):
        out[at + decay] = sums[0, decay]
    return times


@part
def _lulls(known: Ints, total: Floats, by: Lulls, out: Floats, at: int) -> int:
    """Write how readily violence began after quiet, and how lulls such as this one ended."""
    quiet, begun = 0, 0
    ahead, now = total[1:], total[by.horizon + 1 :]
    before = now[by.quiet :]
    for i in range(len(before)):
        calm = before[i] == now[i]
        quiet += calm
        begun += calm & (now[i] > ahead[i])
    since = _since(known, FATAL, len(total) - 2)
    longer, ended = _gaps(known, since, by.horizon)
    out[at] = since
    out[at + 1] = (begun + by.usual_onset) / (quiet + by.prior_days)
    out[at + 2] = (ended + by.usual_renewal[since]) / (longer + by.prior_gaps)
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
