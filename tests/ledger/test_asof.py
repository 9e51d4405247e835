"""The state at a moment is what the models make of the observations known by then."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from models.domain.risk import SegmentState
from schemas.assessment import Assessment
from schemas.incident import Traffic
from schemas.observation import Observed
from services.ledger.asof import AsOf
from services.ledger.queries import Queries
from services.ledger.store import Store
from tests.builders import SEGMENT, at, report
from tests.ledger.builders import Tape, assessment


class Model:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: tuple[list[int], datetime] | None = None

    def believe(
        self,
        known: Iterable[tuple[int, Observed]],
        clock: datetime,
        begun_by: datetime | None,
    ) -> SegmentState:
        self.asked = ([offset for offset, _ in known], clock)
        self.begun_by = begun_by
        return SegmentState(SEGMENT, Traffic.ACTUAL, clock, clock, applied=0)

    def assess(self, state: SegmentState) -> Assessment:
        return assessment(state.clock)


@pytest.mark.parametrize(
    ("asked", "offsets", "clock"),
    [
        ({}, [0, 1, 2], at(3)),
        ({"as_of": at(2)}, [1, 2], at(2)),
        ({"at": at(-9)}, [0, 1, 2], at(-9)),
        ({"as_of": at(1), "at": at(9)}, [1], at(9)),
    ],
)
def test_the_clock_is_at_else_as_of_else_the_latest_record(
    store: Store, engine: Engine, asked: dict[str, Any], offsets: list[int], clock: datetime
) -> None:
    log, model = Tape(), Model()
    log.report(report(), at(3))
    log.report(report(incident_id="I-2"), at(1))
    log.tick(at(2))
    log.feed(store)
    then = AsOf(Queries(engine), model.believe, model.assess)
    state = then.state(SEGMENT, **asked)
    assert state is not None
    assert model.asked == (offsets, clock)
    assert model.begun_by == asked.get("at")
    assert then.assessment(SEGMENT, **asked) == assessment(clock)


def test_where_nothing_was_known_there_is_no_state(store: Store, engine: Engine) -> None:
    log, model = Tape(), Model()
    log.tick(at(2))
    log.feed(store)
    then = AsOf(Queries(engine), model.believe, model.assess)
    assert then.state(SEGMENT, as_of=at(1)) is None
    assert then.assessment("KGZ-TJK-050-08") is None
    assert model.asked is None
