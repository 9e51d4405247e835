"""What became of a command, by the ledger alone."""

import pytest
from sqlalchemy import Engine

from models.domain.intake import Refusal
from schemas.alert import Transition
from schemas.base import RecordRef
from schemas.command import AcknowledgeCommand, AnyCommand, NoteCommand, ResolveCommand
from schemas.incident import Traffic
from schemas.observation import CommandObservation
from schemas.rejection import RejectReason
from schemas.topics import COMMANDS, OBSERVATIONS, REJECTED
from services import dead_letters
from services.console.said import Outcome, answer
from services.ledger import obeyed
from services.ledger.paging import Known, positions
from services.ledger.store import Store
from tests.builders import SEGMENT, at
from tests.ledger.builders import Tape, alert

ABOUT = {"alert_id": "A-1", "segment_id": SEGMENT, "traffic": Traffic.ACTUAL, "author": "Aida"}
NOTE = NoteCommand(kind="note", note="mayor called", **ABOUT)
ACKNOWLEDGE = AcknowledgeCommand(kind="acknowledge", **ABOUT)


@pytest.fixture
def tape() -> Tape:
    """A log with an open alert."""
    tape = Tape()
    tape.alert(alert(1, cause=tape.tick(at(0))))
    return tape


def test_a_command_that_no_worker_has_read_is_waiting(ledger: Engine, tape: Tape) -> None:
    said = tape.command(NOTE, at(1))
    assert told(ledger, tape, said) == (Outcome.WAITING, "")


def test_a_command_that_is_not_in_the_ledger_yet_is_waiting(ledger: Engine, tape: Tape) -> None:
    nowhere = RecordRef(topic=COMMANDS.name, partition=0, offset=9)
    assert told(ledger, tape, nowhere) == (Outcome.WAITING, "")


def test_a_note_is_accepted_once_its_segment_was_assessed_with_it(
    ledger: Engine, tape: Tape
) -> None:
    said = tape.command(NOTE, at(1))
    seen = observed(tape, said, NOTE)
    assert told(ledger, tape, said)[0] is Outcome.WAITING
    tape.assess(at(1), observation=seen)
    assert told(ledger, tape, said)[0] is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("command", "transition"),
    [
        (ACKNOWLEDGE, Transition.ACKNOWLEDGED),
        (AcknowledgeCommand(kind="unacknowledge", **ABOUT), Transition.UNACKNOWLEDGED),
        (ResolveCommand(kind="resolve", **ABOUT), Transition.RESOLVED),
    ],
)
def test_a_command_that_makes_a_transition_is_accepted_with_it_and_not_before(
    ledger: Engine, tape: Tape, command: AnyCommand, transition: Transition
) -> None:
    said = tape.command(command, at(1))
    seen = observed(tape, said, command)
    tape.assess(at(1), observation=seen)
    assert told(ledger, tape, said)[0] is Outcome.WAITING
    tape.alert(alert(2, at(1), transition=transition, cause=seen))
    assert told(ledger, tape, said)[0] is Outcome.ACCEPTED


def test_a_command_on_what_is_not_in_force_is_rejected_with_the_reason(
    ledger: Engine, tape: Tape
) -> None:
    said = tape.command(ACKNOWLEDGE, at(1))
    seen = observed(tape, said, ACKNOWLEDGE)
    reject(tape, seen, RejectReason.NOT_OPEN, "it is over")
    tape.assess(at(1), observation=seen)
    assert told(ledger, tape, said) == (Outcome.REJECTED, "not-open: it is over")


def test_a_command_that_cannot_be_obeyed_is_rejected_too(ledger: Engine, tape: Tape) -> None:
    said = tape.command(ACKNOWLEDGE, at(1))
    reject(tape, said, RejectReason.INVALID, "segment_id: not watched")
    assert told(ledger, tape, said) == (Outcome.REJECTED, "invalid: segment_id: not watched")


def test_another_commands_answer_is_not_this_ones(ledger: Engine, tape: Tape) -> None:
    first, second = tape.command(NOTE, at(1)), tape.command(NOTE, at(1))
    tape.assess(at(1), observation=observed(tape, first, NOTE))
    reject(tape, observed(tape, second, NOTE), RejectReason.NOT_OPEN, "no")
    assert told(ledger, tape, first)[0] is Outcome.ACCEPTED
    assert told(ledger, tape, second)[0] is Outcome.REJECTED


def test_what_was_said_of_an_alert_is_told_as_it_was_known_then(ledger: Engine, tape: Tape) -> None:
    said = tape.command(NOTE, at(1))
    tape.assess(at(2), observation=observed(tape, said, NOTE))
    tape.feed(Store(ledger))
    here = positions(ledger, obeyed.TOPICS)

    def known(hours: float, *, classified: bool = True) -> list[tuple[str, bool]]:
        found = obeyed.of_alert(ledger, "A-1", Known(here, at(hours)), classified=classified)
        return [(one.command.author, one.assessed) for one in found]

    assert known(0.5) == []
    assert known(1.5) == [("Aida", False)]
    assert known(2.5) == [("Aida", True)]
    assert known(2.5, classified=False) == [("withheld", True)]


def observed(tape: Tape, said: RecordRef, command: AnyCommand) -> RecordRef:
    """Append what a command becomes on its segment."""
    seen = CommandObservation(
        segment_id=SEGMENT, traffic=Traffic.ACTUAL, recorded_at=at(1), cause=said, command=command
    )
    return tape.add(OBSERVATIONS, seen, at(1))


def reject(tape: Tape, record: RecordRef, reason: RejectReason, why: str) -> None:
    """Append the rejection of a record."""
    delivery = next(r for r in tape.records if r.ref == record)
    tape.add(REJECTED, dead_letters.rejection(delivery, Refusal(reason, why)).value, at(1))


def told(ledger: Engine, tape: Tape, said: RecordRef) -> tuple[Outcome, str]:
    """Return what the ledger tells of a command."""
    tape.feed(Store(ledger))
    return answer(ledger, said)
