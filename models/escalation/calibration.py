"""Whether what is called 10 % happens one time in ten: Brier score, its skill, calibration."""

import numpy as np
from numpy.typing import NDArray

from models.escalation.bootstrap import Blocks, measured, ratio
from models.escalation.figures import Measured, ReliabilityBin

BINS = 10


def brier(said: NDArray[np.float64], truth: NDArray[np.bool_], blocks: Blocks) -> Measured:
    """Return the mean squared error of the probabilities (Brier 1950): 0 is perfect."""
    return measured(_brier(said, truth, blocks), blocks.spread(truth))


def brier_skill(
    said: NDArray[np.float64],
    usual: NDArray[np.float64],
    truth: NDArray[np.bool_],
    blocks: Blocks,
) -> Measured:
    """Return 1 - Brier score / Brier score of ``usual``: 1 is perfect, 0 no better than it.

    All arrays of shape (n_rows,). Over climatology, this is the skill of Murphy (1973).
    """
    errors = ratio(_brier(said, truth, blocks), _brier(usual, truth, blocks))
    return measured(1 - errors, blocks.spread(truth))


def bins(said: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which of at most ten bins each probability falls into, from 0 up: (n_rows,).

    The bins hold equally many rows as far as ties allow: equal probabilities share a bin.
    """
    edges = np.unique(np.quantile(said, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    _, used = np.unique(np.searchsorted(edges, said, side="left"), return_inverse=True)
    return used.astype(np.intp)


def calibration_error(
    said: NDArray[np.float64], truth: NDArray[np.bool_], blocks: Blocks
) -> Measured:
    """Return the expected calibration error: the mean over all rows of |said - seen| by bin.

    ``said`` is a bin's mean probability, ``seen`` its share of positives (Naeini, Cooper and
    Hauskrecht 2015), in the equal-count bins of ``bins``. A resampled history strays from its
    own bins by chance, so that the interval lies somewhat high, and may miss the value itself.
    """
    bin_ = bins(said)
    width = int(bin_.max()) + 1
    apart = np.abs(blocks.tables(bin_, said, width) - blocks.tables(bin_, truth, width))
    drawn = ratio(apart.sum(axis=0), blocks.sums(np.ones(len(said))))
    return measured(drawn, blocks.spread(truth))


def reliability(
    said: NDArray[np.float64], truth: NDArray[np.bool_], blocks: Blocks
) -> tuple[ReliabilityBin, ...]:
    """Return, bin by bin, what was said on average and how often it happened."""
    bin_ = bins(said)
    width = int(bin_.max()) + 1
    rows = blocks.tables(bin_, np.ones(len(said)), width)
    seen = ratio(blocks.tables(bin_, truth, width), rows)
    mean = ratio(blocks.tables(bin_, said, width), rows)
    return tuple(
        ReliabilityBin(
            said=round(float(mean[i, 0]), 5),
            seen=measured(seen[i], blocks.spread(bin_ == i)),
            rows=int(rows[i, 0]),
        )
        for i in range(width)
    )


def _brier(
    said: NDArray[np.float64], truth: NDArray[np.bool_], blocks: Blocks
) -> NDArray[np.float64]:
    return ratio(blocks.sums((said - truth) ** 2), blocks.sums(np.ones(len(said))))
