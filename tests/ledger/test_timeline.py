"""The ledger over time, on both databases: its ends, its alerts' changes, when it heard last."""

import pytest
from sqlalchemy import Engine

from schemas.alert import Transition
from schemas.assessment import Level
from schemas.command import AcknowledgeCommand, NoteCommand
from schemas.incident import Traffic
from schemas.topics import ALERTS, ASSESSMENTS, COMMANDS
from services.ledger import episodes
from services.ledger.paging import Known, positions
from services.ledger.store import Store
from services.ledger.timeline import Change, heard, timeline
from tests.builders import SEGMENT, at
from tests.ledger.builders import Tape, alert

ACTUAL, EXERCISE = Traffic.ACTUAL, Traffic.EXERCISE


@pytest.fixture
def tape(store: Store) -> Tape:
    """An alert that comes, gets worse and ends; a day later an exercise."""
    tape = Tape()
    tape.assess(at(0))
    tape.alert(alert(1, at(1)))
    tape.alert(alert(2, at(2), transition=Transition.ESCALATED, level=Level.WARNING))
    tape.assess(at(3), level=Level.NORMAL)
    tape.alert(alert(3, at(4), transition=Transition.RESOLVED, level=Level.NORMAL))
    tape.assess(at(24), traffic=EXERCISE)
    tape.feed(store)
    return tape


def known(engine: Engine, as_of: float | None = None) -> Known:
    topics = (ALERTS.name, ASSESSMENTS.name, COMMANDS.name)
    return Known(positions(engine, topics), None if as_of is None else at(as_of))


@pytest.mark.usefixtures("tape")
def test_a_timeline_goes_from_the_first_record_to_the_last_of_either_kind(engine: Engine) -> None:
    found = timeline(engine, ACTUAL, known(engine))
    assert found is not None
    assert (found.first, found.last) == (at(0), at(4))
    assert found.changes == (
        Change(at(1), "A-1", 1, Level.WATCH),
        Change(at(2), "A-1", 2, Level.WARNING),
        Change(at(4), "A-1", 3, None),
    )


@pytest.mark.usefixtures("tape")
def test_each_kind_of_traffic_has_a_timeline_of_its_own(engine: Engine) -> None:
    found = timeline(engine, EXERCISE, known(engine))
    assert found is not None
    assert (found.first, found.last, found.changes) == (at(24), at(24), ())
    assert timeline(engine, Traffic.TEST, known(engine)) is None


@pytest.mark.usefixtures("tape")
def test_a_timeline_as_of_a_moment_ends_there(engine: Engine) -> None:
    found = timeline(engine, ACTUAL, known(engine, 2))
    assert found is not None
    assert found.last == at(2)
    assert [change.sequence for change in found.changes] == [1, 2]
    assert timeline(engine, ACTUAL, known(engine, -1)) is None


def test_the_worker_was_heard_last_with_whatever_traffic_it_told_of(
    engine: Engine, store: Store
) -> None:
    assert heard(engine) is None
    tape = Tape()
    tape.assess(at(5))
    tape.assess(at(2), traffic=EXERCISE)
    tape.feed(store)
    assert heard(engine) == at(5)
    tape.assess(at(6), traffic=Traffic.HEARTBEAT)
    tape.feed(store)
    assert heard(engine) == at(6)


def test_the_last_one_who_acknowledged_an_alert_is_told_as_far_as_it_was_known(
    engine: Engine, store: Store
) -> None:
    tape = Tape()
    said = {"alert_id": "A-1", "segment_id": SEGMENT, "traffic": ACTUAL}
    for hour, author in ((1, "first"), (2, "second")):
        tape.command(AcknowledgeCommand(kind="acknowledge", author=author, **said), at(hour))
    tape.command(NoteCommand(kind="note", author="third", note="seen", **said), at(3))
    tape.feed(store)
    assert episodes.acknowledged(engine, ["A-1", "A-2"], known(engine)) == {"A-1": "second"}
    assert episodes.acknowledged(engine, ["A-1"], known(engine, 1.5)) == {"A-1": "first"}
    assert episodes.acknowledged(engine, ["A-2"], known(engine)) == {}
