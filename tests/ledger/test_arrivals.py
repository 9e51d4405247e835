"""What was recorded within a span, and what many incidents count as, on both databases."""

from typing import Any

from sqlalchemy import Engine

from schemas.alert import Transition
from schemas.command import LinkCommand
from schemas.incident import Traffic
from schemas.observation import AssertObservation, RetractObservation
from schemas.rejection import RejectReason
from schemas.topics import ALERTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED
from services.ledger import arrivals
from services.ledger.arrivals import Span
from services.ledger.counted import Counts, counted, said_of_pairs
from services.ledger.paging import Known, positions
from services.ledger.store import Store
from tests.builders import NOON, SEGMENT, at, effect, report, retraction
from tests.ledger.builders import Tape, alert

ACTUAL = Traffic.ACTUAL
OTHER = "KGZ-TJK-050-08"
TOPICS = [t.name for t in (ALERTS, COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED)]


def known(engine: Engine, as_of: Any = None) -> Known:
    return Known(positions(engine, TOPICS), as_of)


def test_transitions_are_those_recorded_from_the_beginning_of_a_span_to_before_its_end(
    store: Store, engine: Engine
) -> None:
    log = Tape()
    for number, hours in enumerate((0, 1, 2, 3), start=1):
        log.alert(alert(number, at(hours), transition=Transition.UPDATED))
    log.alert(alert(1, at(1), alert_id="A-2", traffic=Traffic.EXERCISE))
    log.feed(store)
    span = Span(at(1), at(3))
    found = arrivals.transitions(engine, ACTUAL, known(engine), span)
    assert [told.sequence for told in found] == [2, 3]
    then = arrivals.transitions(engine, ACTUAL, known(engine, at(1)), span)
    assert [told.sequence for told in then] == [2]


def test_an_incident_is_reported_once_and_not_by_what_was_set_aside(
    store: Store, engine: Engine
) -> None:
    log = Tape()
    log.incident(report(incident_id="I-0"), at(0))
    log.incident(report(incident_id="I-1"), at(2))
    log.incident(report(incident_id="I-2"), at(1))
    log.incident(retraction(incident_id="I-2", revision=2), at(2))
    aside = log.incident(report(incident_id="I-3"), at(2))
    log.reject(aside, RejectReason.TOO_FAR, at(2))
    log.incident(report(incident_id="I-4", traffic="test"), at(2))
    log.feed(store)
    assert arrivals.reported(engine, ACTUAL, known(engine), Span(at(1), at(3))) == ("I-2", "I-1")


def test_what_was_withdrawn_or_moved_is_told_where_it_counted_and_does_not_stand(
    store: Store, engine: Engine
) -> None:
    log = Tape()
    first = log.report(report(), at(0))
    assert first is not None
    moved = log.incident(report(revision=2, status="corrected", status_reason="There."), at(1))
    there = {"traffic": ACTUAL, "recorded_at": at(1), "cause": moved}
    gone = RetractObservation(segment_id=SEGMENT, replaces=first, reason="moved", **there)
    log.add(OBSERVATIONS, gone, at(1))
    second = effect(revision=2)
    log.add(OBSERVATIONS, AssertObservation(segment_id=OTHER, effect=second, **there), at(1))
    near = AssertObservation(segment_id="KGZ-TJK-050-09", effect=second, nearby_km=3.0, **there)
    log.add(OBSERVATIONS, near, at(1))
    log.feed(store)
    assert counted(engine, ["I-1", "I-9"], ACTUAL, known(engine)) == {
        "I-1": (Counts(SEGMENT, False, first), Counts(OTHER, True, second))
    }
    assert counted(engine, ["I-1"], ACTUAL, known(engine, at(0))) == {
        "I-1": (Counts(SEGMENT, True, first),)
    }


def test_the_last_word_of_an_operator_on_a_pair_holds(store: Store, engine: Engine) -> None:
    log = Tape()
    for kind, hours, names in (
        ("link", 0, ("I-1", "I-2")), ("unlink", 1, ("I-2", "I-1")), ("link", 1, ("I-1", "I-3"))
    ):  # fmt: skip
        said = LinkCommand(
            kind=kind, segment_id=SEGMENT, traffic=ACTUAL, author="x", day=NOON.date(),
            incident_id=names[0], corroborates=names[1],
        )  # fmt: skip
        log.command(said, at(hours))
    log.feed(store)
    found = said_of_pairs(engine, ACTUAL, known(engine))
    assert found == {SEGMENT: {("I-1", "I-2"): False, ("I-1", "I-3"): True}}
    before = said_of_pairs(engine, ACTUAL, known(engine, at(0)))
    assert before == {SEGMENT: {("I-1", "I-2"): True}}
    assert said_of_pairs(engine, Traffic.TEST, known(engine)) == {}
