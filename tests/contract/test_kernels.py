"""Compiled features and trees say of the world what plain arrays say, to the last bit."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.days import CLOSE_KM
from models.domain.revisions import NEARBY_KM
from models.domain.risk import HISTORY_DAYS
from models.domain.segments import Atlas
from models.domain.tallies import Table
from models.escalation import features, ged
from models.escalation.artifact import load
from models.escalation.explain import Explained
from models.escalation.features import FEATURE_NAMES, FEATURES, scaled
from models.escalation.ged import Sightings
from models.escalation.labels import ALERTING
from models.escalation.registry import newest
from models.escalation.scorer import Scorer
from models.escalation.sums import order
from services.borders import load_segments
from tests import plain_features, plain_trees
from tests.plain_contributions import contributions

GED = Path(__file__).parents[3] / "shared/data/ucdp_ged211_1989_2017.parquet"
ROWS = 20_000
FEW = 4_000
"""How many are held against plain arrays, which take a second for 3,000."""

Matrix = NDArray[np.float64]
Rows = list[tuple[Table, int]]


def matrix(rows: Rows) -> Matrix:
    return features.matrix([table for table, _ in rows], [today for _, today in rows])


def tallies(seen: Sightings) -> Table:
    """Return the days of one segment, each event once."""
    days, place = np.unique(seen.day, return_inverse=True)
    table = np.zeros((len(days), 6), dtype=np.int64)
    table[:, 0] = days
    close = ~seen.own & (seen.km <= CLOSE_KM)
    counts = (seen.own, seen.own, seen.own * seen.deaths, ~seen.own, close)
    for column, count in enumerate(counts, start=1):
        np.add.at(table[:, column], place, count)
    return table


def weeks(tables: list[Table], random: Random) -> Iterator[tuple[Table, int]]:
    """Yield some segment's history on some day of the world's, without end.

    A few days that are forgotten or have not come stand in it: they must not count.
    """
    first = min(int(table[0, 0]) for table in tables) + HISTORY_DAYS
    last = max(int(table[-1, 0]) for table in tables)
    while True:
        table, today = random.choice(tables), random.randrange(first, last)
        low, high = table[:, 0].searchsorted([today - HISTORY_DAYS, today])
        if table[low:high, 2].any():
            yield table[max(low - 3, 0) : high + 3], today


@pytest.fixture(scope="module")
def rows() -> Rows:
    if not GED.exists():
        pytest.skip(f"{GED.name} is absent from ../shared/data")
    sightings = ged.read([GED], Atlas(load_segments(None, 50)))
    near = sightings.of(sightings.own | (sightings.km <= NEARBY_KM))
    tables = [tallies(seen) for _, seen in near.by_segment()]
    return list(islice(weeks(tables, Random(1)), ROWS))


@pytest.fixture(scope="module")
def x(rows: Rows) -> Matrix:
    return matrix(rows)


def test_features_of_the_world_are_those_of_plain_arrays(rows: Rows, x: Matrix) -> None:
    told = np.array([plain_features.values(*row) for row in rows[:FEW]])
    differ = (told != x[:FEW]).any(axis=0)
    assert not differ.any(), [n for n, d in zip(FEATURE_NAMES, differ, strict=True) if d]


def test_features_of_the_world_are_the_same_alone_and_in_any_company(rows: Rows, x: Matrix) -> None:
    for size in (1, 7, 64):
        for start in range(0, 640, size):
            here = slice(start, start + size)
            assert matrix(rows[here]).tobytes() == x[here].tobytes()
    assert matrix(rows[::-1])[::-1].tobytes() == x.tobytes()


def test_trees_grow_for_the_world_as_plain_ones(x: Matrix) -> None:
    fitted = load(newest()).estimators
    boosted = [label["boosted"] for label in fitted.values()]
    models, plain = Explained(fitted), plain_trees.Trees(boosted, len(FEATURES))
    for start in range(0, ROWS, 1_000):
        some = scaled(x[start : start + 1_000])
        leaves = plain.leaves(some)
        log_odds, moved = models._trees.explain(some, 0)
        assert np.array_equal(log_odds, plain.log_odds(leaves)), "a row took another path"
        assert np.array_equal(moved, plain.moves(leaves, 0))


@pytest.mark.parametrize("size", [1, 7, 63, 64, 65])
def test_moves_of_the_world_are_the_same_alone_and_in_any_company(x: Matrix, size: int) -> None:
    models, some = Explained(load(newest()).estimators), scaled(x[:640])
    together = models.explain(some, ALERTING)
    for start in range(0, 640, size):
        here = slice(start, start + size)
        for part, whole in zip(models.explain(some[here], ALERTING), together, strict=True):
            assert part.tobytes() == whole[here].tobytes()
    for part, whole in zip(models.explain(some[::-1], ALERTING), together, strict=True):
        assert part[::-1].tobytes() == whole.tobytes()


def test_what_is_published_of_the_world_is_what_plain_words_say(x: Matrix) -> None:
    artifact = load(newest())
    scorer, usual = Scorer(artifact), artifact.manifest.usual
    p, moves = Explained(artifact.estimators).explain(scaled(x), ALERTING)
    together = scorer.score(x)
    for i, said in enumerate(together):
        assert said.contributions == contributions(x[i].tolist(), moves[i], usual)
        assert said.probabilities.escalation_14d == round(float(p[i, 0]), 6)
        thresholds = artifact.manifest.thresholds.items()
        reached = [v for v, least in thresholds if said.probabilities.escalation_14d >= least]
        assert said.level == (reached or ["normal"])[-1]
    assert scorer.score(x[::-1])[::-1] == together
    assert [scorer.score(x[i : i + 1])[0] for i in range(200)] == together[:200]


@pytest.mark.parametrize("n", [1, 7, 8, 17, 127, 128, 129, 150, 1633, 1827])
def test_a_sum_in_slots_is_numpys(n: int) -> None:
    random = np.random.default_rng(n)
    terms = random.normal(size=n) * 10.0 ** random.integers(-9, 9, n) * (random.random(n) < 0.5)
    slots, steps = order(n)
    sums = np.zeros(slots.max() + 1)
    np.add.at(sums, slots, terms)
    for to, of in steps:
        sums[to] += sums[of]
    assert sums[0] == terms.sum()
