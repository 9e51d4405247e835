"""The outcome of a record does not depend on which others it is handled with."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engine import Engine
from models.escalation import ensemble
from models.escalation.artifact import load
from models.escalation.explain import Explained
from models.escalation.features import FEATURE_NAMES, scaled
from models.escalation.labels import ALERTING, ONSET, QUIET_DAYS
from models.escalation.registry import newest
from schemas.topics import INCIDENTS, OBSERVATIONS
from services import records
from services.records import Delivery, Outgoing
from services.risk.handled import Handled
from services.risk.handlers import Assessing, Handler, Locating
from tests.builders import NOON, event, ref, report, retraction, tick

RECORDS = 1_000
PLACES = [(39.959, 70.5203), (39.97, 70.53), (39.8788, 70.5099), (40.1274, 69.6921), (50.0, 50.0)]

WIDTH = len(FEATURE_NAMES)


def reports() -> list[Delivery]:
    """Return a thousand revisions of some hundred incidents, every tenth of them a retraction."""
    random, found, latest = Random(7), [], dict[int, int]()
    for offset in range(RECORDS):
        number = random.randrange(400)
        latest[number] = latest.get(number, 0) + 1
        name, at = f"I-{number}", NOON + timedelta(hours=offset)
        incident = (
            retraction(incident_id=name, revision=latest[number])
            if random.random() < 0.1
            else report(
                incident_id=name,
                revision=latest[number],
                start=at - timedelta(hours=random.choice([1, 2, 30, 24 * 400])),
                where=random.choice(PLACES),
                deaths=random.choice([None, 0, 1, 7]),
                sources=[{"name": random.choice("abc")}],
            )
        )
        said = event(incident, at).model_copy(update={"source": f"urn:{random.choice('xyz')}"})
        found.append(delivered(records.incident(said), offset))
    return found


def delivered(record: Outgoing, offset: int) -> Delivery:
    return Delivery(
        ref(offset, topic=record.topic.name), record.key, record.value, record.headers, record.at
    )


def handled(
    handler: Handler, deliveries: list[Delivery], sizes: list[int]
) -> tuple[list[Handled], dict[bytes, bytes]]:
    """Return what came of ``deliveries`` in batches of ``sizes``, and the table afterwards."""
    table: dict[bytes, bytes] = {}
    found: list[Handled] = []
    start = 0
    for size in sizes:
        batch = handler.handle(deliveries[start : start + size], table)
        for one in batch:
            one.store(table)
        found += batch
        start += size
    assert len(found) == len(deliveries)
    return found, table


def split(size: int) -> list[int]:
    whole, rest = divmod(RECORDS, size)
    return [size] * whole + [rest] * (rest > 0)


@pytest.fixture(scope="module")
def stream(decisions: Engine) -> list[Delivery]:
    """Return the observations of the reports, with ticks and poison between them."""
    located, _ = handled(Locating(decisions), reports(), split(RECORDS))
    out = [o for one in located for o in one.outgoing if o.topic is OBSERVATIONS]
    days = [records.observation(tick(NOON + timedelta(days=n))) for n in range(40)]
    poison = Outgoing(OBSERVATIONS, b"k", b"{", (), NOON)
    mixed = sorted([*out, *days], key=lambda o: o.at)[: RECORDS - 1]
    mixed.insert(500, poison)
    return [delivered(o, n) for n, o in enumerate(mixed)]


@pytest.mark.parametrize("size", [2, 7, 100, RECORDS])
def test_reports_located_in_batches_give_the_bytes_of_one_at_a_time(
    decisions: Engine, size: int
) -> None:
    one_by_one = handled(Locating(decisions), reports(), split(1))
    assert handled(Locating(decisions), reports(), split(size)) == one_by_one
    assert {o.topic for h in one_by_one[0] for o in h.outgoing} > {OBSERVATIONS}
    assert all(h.states for h in one_by_one[0]), INCIDENTS


def test_observations_assessed_in_batches_give_the_bytes_of_one_at_a_time(
    decisions: Engine, stream: list[Delivery]
) -> None:
    one_by_one = handled(Assessing(decisions), stream, split(1))
    for size in (7, RECORDS):
        assert handled(Assessing(decisions), stream, split(size)) == one_by_one, size
    assert any(b"|" in key for key in one_by_one[1])


@given(cuts=st.sets(st.integers(1, 59), max_size=20))
@settings(max_examples=20)
def test_any_cut_into_batches_gives_the_same_bytes(
    decisions: Engine, stream: list[Delivery], cuts: set[int]
) -> None:
    some, ends = stream[:60], [0, *sorted(cuts), 60]
    sizes = [b - a for a, b in pairwise(ends)]
    whole = handled(Assessing(decisions), some, [60])
    assert handled(Assessing(decisions), some, sizes) == whole


@given(rows=st.lists(st.lists(st.floats(0.001, 1e6), min_size=WIDTH, max_size=WIDTH), min_size=1))
@settings(max_examples=50)
def test_a_row_scores_the_same_alone_and_among_others(
    decisions: Engine, rows: list[list[float]]
) -> None:
    score = decisions.scorer.score
    assert score(np.array(rows)) == [score(np.array([row]))[0] for row in rows]


def test_a_rows_probabilities_are_the_same_to_the_last_bit_in_any_company() -> None:
    models = Explained(load(newest()).estimators)
    rows = scaled(np.random.default_rng(5).uniform(0.001, 400, (997, WIDTH)))
    together = models.explain(rows, ALERTING)
    alone = [models.explain(rows[i : i + 1], ALERTING) for i in range(len(rows))]
    for number in (0, 1):
        assert together[number].tolist() == [found[number][0].tolist() for found in alone]


def test_the_scorer_agrees_with_the_library_that_fitted_it(decisions: Engine) -> None:
    rows = np.random.default_rng(3).uniform(0.001, 400, (200, WIDTH))
    ours = [s.probabilities for s in decisions.scorer.score(rows)]
    asked = rows[:, FEATURE_NAMES.index("days_since_fatal")] > QUIET_DAYS
    for label, model in load(newest()).estimators.items():
        theirs = ensemble.predict(model, rows)
        said = np.array([getattr(p, label) for p in ours], dtype=np.float64)
        expected = np.where(asked, theirs, np.nan) if label == ONSET else theirs
        np.testing.assert_allclose(said, expected, atol=1e-6)
