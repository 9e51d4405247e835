"""What each agent does with records, without Kafka: decode, decide, say what to write."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from models.domain import intake
from models.domain.intake import Refusal
from models.engine import Engine
from models.steps import Moved, Step
from schemas.rejection import RejectReason
from schemas.topics import COMMANDS, OBSERVATIONS, Topic
from schemas.versions import NewerVersion, decode
from services import records
from services.dead_letters import SMALL, rejection
from services.records import Delivery, Outgoing
from services.risk import tables
from services.risk.handled import Handled, Judged
from services.risk.observing import NOBODY, Observer
from services.risk.tables import Change, Desk

log = structlog.get_logger(__name__)

_NAMED = 20
"""Most unknown fields of a report that a log line names."""


class Handler:
    """Handles the records of one topic; whatever goes wrong with one becomes a rejection."""

    def handle(self, deliveries: Sequence[Delivery], table: Mapping[bytes, bytes]) -> list[Handled]:
        """Return what each delivery leads to, given the states in ``table``.

        The outcome of a delivery does not depend on which others it is handled with.
        """
        try:
            return _fitting(self._handle(deliveries, Desk(table)))
        except Exception as error:
            if len(deliveries) == 1:
                return [_failed(deliveries[0], error)]
        # One of them is at fault; taken one by one, the others are not.
        return list(self._one_by_one(deliveries, Desk(table)))

    def _one_by_one(self, deliveries: Sequence[Delivery], desk: Desk) -> Iterator[Handled]:
        for delivery in deliveries:
            try:
                (handled,) = _fitting(self._handle([delivery], desk.copy()))
            except Exception as error:
                handled = _failed(delivery, error)
            desk.put(handled.states)
            yield handled

    def _handle(self, deliveries: Sequence[Delivery], desk: Desk) -> list[Handled]:
        """Return what each delivery leads to; changes may be left on ``desk``."""
        raise NotImplementedError


class Locating(Handler):
    """``incidents`` -> ``observations``: validates a revision and says which segments it moves."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _handle(self, deliveries: Sequence[Delivery], desk: Desk) -> list[Handled]:
        found = []
        for delivery in deliveries:
            found.append(self._locate(delivery, desk))
            desk.put(found[-1].states)
        return found

    def _locate(self, delivery: Delivery, desk: Desk) -> Handled:
        report = intake.read(delivery.key, delivery.value, dict(delivery.headers))
        if isinstance(report, Refusal):
            return _refused(delivery, report)
        if report.ignored:
            log.warning(
                "unknown fields ignored",
                count=len(report.ignored),
                fields=[name[:200] for name in report.ignored[:_NAMED]],
                **delivery.ref.model_dump(),
            )
        key = report.event.data.incident_id.encode()
        known = desk.get(tables.INCIDENTS, key)
        found = self._engine.locate(known, report.event, delivery.ref, delivery.at)
        outgoing = [records.observation(o) for o in found.observations]
        if found.refusal is not None:
            outgoing.append(rejection(delivery, found.refusal))
        states = (Change(key, tables.INCIDENTS, found.known),) if found.known is not None else ()
        reason = found.refusal.reason if found.refusal is not None else None
        located = report.event if reason is None else None
        return Handled(tuple(outgoing), states, reason, located=located)


class Obeying(Handler):
    """``commands`` -> ``observations``: gives each command its place in its segment's order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _handle(self, deliveries: Sequence[Delivery], desk: Desk) -> list[Handled]:  # noqa: ARG002
        return [self._obey(delivery) for delivery in deliveries]

    def _obey(self, delivery: Delivery) -> Handled:
        command = _decoded(COMMANDS, delivery)
        if isinstance(command, Refusal):
            return _refused(delivery, command)
        observed = self._engine.obey(command, delivery.ref, delivery.at)
        if isinstance(observed, Refusal):
            return _refused(delivery, observed)
        return Handled(tuple(map(records.observation, observed)))


class Assessing(Handler):
    """``observations`` -> ``assessments`` and ``alerts``: folds, scores and decides."""

    def __init__(self, engine: Engine, observer: Observer = NOBODY) -> None:
        self._engine = engine
        self._observer = observer

    def _handle(self, deliveries: Sequence[Delivery], desk: Desk) -> list[Handled]:
        folded = [self._fold(delivery, desk) for delivery in deliveries]
        moved = [f for f in folded if isinstance(f, Moved)]
        judged = iter(self._engine.judge(moved, desk.book))
        return [
            f if isinstance(f, Handled) else self._said(delivery, f, next(judged))
            for delivery, f in zip(deliveries, folded, strict=True)
        ]

    def _fold(self, delivery: Delivery, desk: Desk) -> Moved | Handled:
        observation = _decoded(OBSERVATIONS, delivery)
        if isinstance(observation, Refusal):
            return _refused(delivery, observation)
        segment = desk.segment(observation.segment_id, observation.traffic)
        moved = self._engine.fold(segment.state, segment.days, observation, delivery.ref)
        desk.put(tables.changes(moved.folded.state, moved.folded.days))
        self._observer.saw(segment.state, moved.folded.state)
        return moved

    def _said(self, delivery: Delivery, moved: Moved, step: Step) -> Handled:
        outgoing = [records.alert(alert) for alert in step.alerts]
        if step.answer is not None:
            outgoing.append(rejection(delivery, Refusal(RejectReason.NOT_OPEN, step.answer)))
        if step.assessment is not None:
            outgoing.append(records.assessment(step.assessment))
        kept = tables.changes(step.state, step.days, step.book)
        return Handled(tuple(outgoing), kept, judged=Judged(moved.observation, step))


def _decoded(topic: Topic, delivery: Delivery) -> Any:
    """Return what a record of ``topic`` says, whatever its version, or why it cannot be read."""
    try:
        return decode(topic, delivery.value or b"")
    except NewerVersion as error:
        return Refusal(RejectReason.UNKNOWN_VERSION, str(error))
    except ValidationError as error:
        return intake.invalid(error)
    except ValueError as error:
        return Refusal(RejectReason.INVALID, str(error))


class TooLargeToSay(Exception):
    """What follows from a record is larger than its topic takes."""

    def __init__(self, out: Outgoing) -> None:
        super().__init__(
            f"a message of {out.size} bytes for '{out.topic.name}' follows from it; expected at "
            f"most {out.topic.max_message_bytes}"
        )


def _fitting(found: list[Handled]) -> list[Handled]:
    for handled in found:
        for out in handled.outgoing:
            if out.size > out.topic.max_message_bytes:
                raise TooLargeToSay(out)
    return found


def _failed(delivery: Delivery, error: Exception) -> Handled:
    log.error("record failed", exc_info=error, **delivery.ref.model_dump())
    detail = f"{type(error).__name__}: {error}; {_last_frame(error)}"
    return _refused(delivery, Refusal(RejectReason.FAILED, detail))


def _refused(delivery: Delivery, refusal: Refusal) -> Handled:
    log.warning(
        "record rejected",
        reason=refusal.reason.value,
        detail=refusal.detail[:300],
        **delivery.ref.model_dump(),
    )
    return Handled((rejection(delivery, refusal),), rejected=refusal.reason)


def unpublishable(delivery: Delivery, error: Exception) -> Handled:
    """Return what stands for a record whose consequences the broker will never take.

    It is small, so that a broker with a limit lower than the topic table's takes it too.
    """
    log.error("record failed", why=str(error), **delivery.ref.model_dump())
    refusal = Refusal(RejectReason.FAILED, str(error))
    return Handled((rejection(delivery, refusal, SMALL),), rejected=refusal.reason)


def _last_frame(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {frame.name}, line {frame.lineno}"
