"""What each agent does with one record, without Kafka: decode, decide, say what to write."""

import traceback
from collections.abc import MutableMapping
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from models.domain import intake
from models.domain.intake import Refusal
from models.domain.revisions import KnownIncident
from models.domain.risk import SegmentState
from models.engine import Engine
from schemas.observation import OBSERVATION
from schemas.rejection import RejectReason
from services import records
from services.records import Delivery, Outgoing, Stored

Table = MutableMapping[bytes, bytes]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handled:
    """What a record leads to: messages to publish first, then at most one state to keep.

    In this order a crash between the two only repeats the messages, byte for byte, since the
    record is then handled again from the same state.
    """

    outgoing: tuple[Outgoing, ...] = ()
    key: bytes | None = None
    state: bytes | None = None
    rejected: RejectReason | None = None

    def store(self, table: Table) -> None:
        """Keep the state; call it once the messages have been acknowledged."""
        if self.key is not None and self.state is not None:
            table[self.key] = self.state


class Handler:
    """Handles the records of one topic; whatever goes wrong with one becomes a rejection."""

    def handle(self, delivery: Delivery, table: Table) -> Handled:
        """Return what ``delivery`` leads to, given the states in ``table``."""
        try:
            return self._handle(delivery, table)
        except Exception as error:
            log.exception("record failed", **delivery.ref.model_dump())
            detail = f"{type(error).__name__}: {error}; {_last_frame(error)}"
            return _refused(delivery, Refusal(RejectReason.FAILED, detail))

    def _handle(self, delivery: Delivery, table: Table) -> Handled:
        raise NotImplementedError


class Locating(Handler):
    """``incidents`` -> ``observations``: validates a revision and says which segments it moves."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stored = Stored(KnownIncident)

    def _handle(self, delivery: Delivery, table: Table) -> Handled:
        report = intake.read(delivery.key, delivery.value, dict(delivery.headers))
        if isinstance(report, Refusal):
            return _refused(delivery, report)
        if report.ignored:
            log.warning(
                "unknown fields ignored", fields=report.ignored, **delivery.ref.model_dump()
            )
        incident = report.event.data
        key = incident.incident_id.encode()
        known = self._stored.load(table.get(key))
        found = self._engine.locate(known, incident, delivery.ref, delivery.at)
        outgoing = [records.observation(o) for o in found.observations]
        if found.refusal is not None:
            outgoing.append(records.rejection(delivery, found.refusal))
        state = self._stored.dump(found.known) if found.known is not None else None
        reason = found.refusal.reason if found.refusal is not None else None
        return Handled(tuple(outgoing), key, state, reason)


class Assessing(Handler):
    """``observations`` -> ``assessments`` and ``alerts``: folds, scores and decides."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.stored = Stored(SegmentState)

    def _handle(self, delivery: Delivery, table: Table) -> Handled:
        try:
            observation = OBSERVATION.validate_json(delivery.value or b"")
        except ValidationError as error:
            return _refused(delivery, Refusal(RejectReason.INVALID, str(error)))
        key = records.state_key(observation.segment_id, observation.traffic)
        state = self.stored.load(table.get(key))
        step = self._engine.observe(state, observation, delivery.ref)
        outgoing = []
        if step.alert is not None:
            outgoing.append(records.alert(step.alert))
        # Last, so that whoever sees the assessment knows that its alert has been published.
        if step.assessment is not None:
            outgoing.append(records.assessment(step.assessment))
        return Handled(tuple(outgoing), key, self.stored.dump(step.state))


def _refused(delivery: Delivery, refusal: Refusal) -> Handled:
    log.warning(
        "record rejected",
        reason=refusal.reason.value,
        detail=refusal.detail[:300],
        **delivery.ref.model_dump(),
    )
    return Handled((records.rejection(delivery, refusal),), rejected=refusal.reason)


def _last_frame(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {frame.name}, line {frame.lineno}"
