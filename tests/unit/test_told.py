"""Which alerts rest on which incidents, before and after the record at hand."""

from models.domain.posture import Decision
from models.domain.told import Book, correction, noted
from schemas.alert import Reason, Transition
from schemas.assessment import Level
from tests.builders import at


def decision(alert_id: str, transition: Transition, sequence: int = 1) -> Decision:
    reason = Reason.LEVEL_ROSE
    level = Level.NORMAL if transition is Transition.RESOLVED else Level.WATCH
    return Decision(transition, reason, alert_id, sequence, at(), Level.NORMAL, level)


def told(alert_id: str, *incidents: str, book: Book | None = None, offset: int = 1) -> Book:
    """Return the book after an alert was raised at ``offset`` and resolved right after."""
    raised = noted(book or Book(), decision(alert_id, Transition.RAISED), incidents, offset, at())
    return noted(raised, decision(alert_id, Transition.RESOLVED, 2), [], offset + 1, at(hours=1))


def test_a_record_that_is_handled_again_finds_an_alert_as_it_was_before_it() -> None:
    book = noted(Book(), decision("A", Transition.RAISED), ["I-1"], 5, at())
    book = noted(book, decision("A", Transition.UPDATED, 2), ["I-2"], 6, at())
    assert book.rests_on("A", ["I-2"], offset=7)
    assert not book.rests_on("A", ["I-2"], offset=6)
    assert book.rests_on("A", ["I-1"], offset=6)
    assert noted(book, decision("A", Transition.UPDATED, 2), ["I-2"], 6, at()) == book


def test_the_id_of_a_resolved_alert_is_taken_even_by_the_record_that_corrects_it() -> None:
    book = told("A", "I-1")
    (concerned,) = book.concerned(["I-1"], None, offset=9)
    corrected = noted(book, correction(concerned, Reason.INCIDENT_RETRACTED, 9), [], 9, at(2))
    assert corrected.has("A", offset=9)
    raised = noted(corrected, decision("B", Transition.RAISED), ["I-1"], 9, at(2))
    assert not raised.has("B", offset=9)
    assert raised.has("B", offset=10)


def test_a_correction_leaves_what_the_resolved_alert_had_named() -> None:
    book = told("A", "I-1", "I-2")
    (concerned,) = book.concerned(["I-1"], None, offset=9)
    corrected = noted(book, correction(concerned, Reason.INCIDENT_REVISED, 9), [], 9, at(2))
    (alert,) = corrected.alerts
    assert (alert.resolved, alert.incidents) == (True, ("I-1", "I-2"))


def test_an_alert_that_is_open_is_never_forgotten_and_a_resolved_one_after_its_time() -> None:
    book = noted(told("A", "I-1"), decision("B", Transition.RAISED), ["I-1"], 3, at(hours=-5))
    assert [t.alert_id for t in book.since(at(hours=2)).alerts] == ["B"]
    assert len(book.since(at(hours=1)).alerts) == 2
