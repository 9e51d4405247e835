"""Answers what the console of a test writes to its log, as a risk worker would."""

from models.domain.intake import Refusal
from schemas.alert import Alert, Reason, Transition, Trigger
from schemas.base import RecordRef
from schemas.command import AnyCommand
from schemas.observation import AssertObservation, CommandObservation
from schemas.rejection import RejectReason
from schemas.topics import COMMANDS, INCIDENTS, OBSERVATIONS, REJECTED
from schemas.versions import decode
from services import dead_letters
from services.moments import utc_now
from services.records import Delivery
from tests.browser.desk import Desk
from tests.browser.sent import read
from tests.builders import effect
from tests.ledger.builders import Tape

_MAKES = {
    "acknowledge": Transition.ACKNOWLEDGED,
    "unacknowledge": Transition.UNACKNOWLEDGED,
    "resolve": Transition.RESOLVED,
    "silence": Transition.SILENCED,
    "expire-silence": Transition.UNSILENCED,
}
"""What transition a command makes of the alert that it is about."""


class Worker:
    """Reads what was sent from now on, and answers it when it is told to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = len(self._all())
        # The desk's alerts name the first observation as their cause: no command is that one.
        desk.write(lambda tape: tape.tick(utc_now()))

    def sent(self) -> list[Delivery]:
        """Return what was sent and not answered."""
        return self._all()[self._read :]

    async def leave(self) -> Delivery:
        """Return the next record, which the ledger has and no worker answers."""
        record = await self._next()
        self._desk.write(lambda tape: tape.take(record))
        return record

    async def _next(self) -> Delivery:
        """Return what is sent next, once it is."""
        await self._desk.until(self.sent, 30)
        record = self.sent()[0]
        self._read += 1
        return record

    async def obey(self, told: Alert) -> tuple[AnyCommand, Alert]:
        """Accept the next command; return it, and the alert that it is about as it then stands."""
        record = await self._next()
        command: AnyCommand = decode(COMMANDS, record.value or b"")
        then = told

        def write(tape: Tape) -> None:
            nonlocal then
            cause = _observe(tape, record, command)
            if (made := _MAKES.get(command.kind)) is not None:
                then = _after(told, made, command, cause)
                tape.alert(then)
            now = {"segment_id": command.segment_id, "level": then.level, "observation": cause}
            tape.assess(record.at, **now)

        self._desk.write(write)
        return command, then

    async def refuse(self, why: str) -> None:
        """Reject the next command as one that is not in force."""
        record = await self._next()
        command: AnyCommand = decode(COMMANDS, record.value or b"")

        def write(tape: Tape) -> None:
            cause = _observe(tape, record, command)
            observed = next(r for r in tape.records if r.ref == cause)
            no = dead_letters.rejection(observed, Refusal(RejectReason.NOT_OPEN, why))
            tape.add(REJECTED, no.value, record.at)

        self._desk.write(write)

    async def fold(self, segment_id: str) -> Delivery:
        """Locate the next report on a segment, and fold it."""
        record = await self._next()
        data = decode(INCIDENTS, record.value or b"").data

        def write(tape: Tape) -> None:
            tape.take(record)
            found = AssertObservation(
                segment_id=segment_id,
                traffic=data.traffic,
                recorded_at=record.at,
                cause=record.ref,
                effect=effect(data.incident_id, revision=data.revision),
            )
            seen = tape.add(OBSERVATIONS, found, record.at)
            tape.assess(record.at, segment_id=segment_id, observation=seen)

        self._desk.write(write)
        return record

    async def reject(self, reason: RejectReason, why: str) -> None:
        """Set the next report aside."""
        record = await self._next()

        def write(tape: Tape) -> None:
            tape.take(record)
            tape.add(
                REJECTED, dead_letters.rejection(record, Refusal(reason, why)).value, record.at
            )

        self._desk.write(write)

    def _all(self) -> list[Delivery]:
        path = self._desk.folder / "sent"
        lines = path.read_bytes().splitlines() if path.exists() else ()
        return [read(line) for line in lines]


def _observe(tape: Tape, record: Delivery, command: AnyCommand) -> RecordRef:
    """Write a command, and give it its place on its segment."""
    tape.take(record)
    seen = CommandObservation(
        segment_id=command.segment_id,
        traffic=command.traffic,
        recorded_at=record.at,
        cause=record.ref,
        command=command,
    )
    return tape.add(OBSERVATIONS, seen, record.at)


def _after(told: Alert, made: Transition, command: AnyCommand, cause: RecordRef) -> Alert:
    acknowledged = {Transition.ACKNOWLEDGED: True, Transition.UNACKNOWLEDGED: False}
    return told.model_copy(
        update={
            "sequence": told.sequence + 1,
            "transition": made,
            "reason": Reason.OPERATOR,
            "trigger": Trigger.COMMAND,
            "previous_level": told.level,
            "acknowledged": acknowledged.get(made, told.acknowledged),
            "silenced_until": getattr(command, "ends", None),
            "cause": cause,
            "recorded_at": utc_now(),
        }
    )
