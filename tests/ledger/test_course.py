"""The course of a segment's risk, in figures, and since when a step of the ladder stands."""

from sqlalchemy import Engine

from schemas.assessment import LadderView, Level, Probabilities
from schemas.incident import Traffic
from schemas.taxonomy import Step
from schemas.topics import ASSESSMENTS
from services.ledger.course import course, step_since
from services.ledger.paging import Known, positions
from services.ledger.store import Store
from tests.builders import SEGMENT, at
from tests.ledger.builders import Tape


def test_a_course_begins_with_what_held_when_it_begins(engine: Engine, store: Store) -> None:
    tape = Tape()
    for hour in (0, 1, 2, 3):
        tape.assess(at(hour), probabilities=chance(hour / 10))
    tape.assess(at(2.5), segment_id="KGZ-TJK-050-04")
    tape.assess(at(2.6), traffic=Traffic.EXERCISE)
    tape.feed(store)
    found = course(engine, SEGMENT, Traffic.ACTUAL, known(engine), at(1.5))
    assert [(p.at, p.escalation_14d) for p in found] == [(at(1), 0.1), (at(2), 0.2), (at(3), 0.3)]
    assert found[0].level is Level.WATCH
    then = course(engine, SEGMENT, Traffic.ACTUAL, known(engine, 2), at(1.5))
    assert [p.at for p in then] == [at(1), at(2)]


def test_a_step_stands_since_it_was_first_said_without_a_break(
    engine: Engine, store: Store
) -> None:
    tape = Tape()
    steps = (Step.STONES, None, Step.STONES, Step.SHOTS, Step.SHOTS)
    for hour, step in enumerate(steps):
        tape.assess(at(hour), ladder=LadderView(step=step, level=Level.WATCH, words="as it is"))
    tape.feed(store)
    assert step_since(engine, SEGMENT, Traffic.ACTUAL, known(engine)) == at(3)
    assert step_since(engine, SEGMENT, Traffic.ACTUAL, known(engine, 2.5)) == at(2)
    assert step_since(engine, SEGMENT, Traffic.ACTUAL, known(engine, 1)) is None
    assert step_since(engine, SEGMENT, Traffic.EXERCISE, known(engine)) is None


def chance(escalation: float) -> Probabilities:
    """Return probabilities of which the first is given."""
    return Probabilities(escalation_14d=escalation, fatal_7d=0.2, fatal_14d=0.3)


def known(engine: Engine, hours: float | None = None) -> Known:
    """Return all that the ledger holds, or what it held by so long after noon."""
    return Known(positions(engine, (ASSESSMENTS.name,)), None if hours is None else at(hours))
