"""Tells of each record that the worker has handled, where its trace is sampled."""

import time
from collections.abc import Callable, Sequence

import structlog

from models.domain.risk import SegmentState
from schemas.observation import AssertObservation, Observed, RetractObservation
from schemas.topics import Topic
from services.records import Delivery
from services.risk.handled import Handled
from services.risk.observing import Observer
from services.settings import Settings
from services.tracing import context
from services.tracing.spans import Kind, Said, Spans
from services.tracing.topics import NAMED, PROCESS, operation, place

log = structlog.get_logger(__name__)


def traced(observer: Observer, spans: Spans, settings: Settings) -> Observer:
    """Return an observer that also makes spans; the same one where nobody is told of any."""
    return Traced(observer, spans, settings) if spans.exported else observer


class Traced(Observer):
    """Makes a span of each record once it is done, beside what another observer does.

    Records that are handled together took the same time: that of all of them.
    """

    def __init__(
        self,
        inner: Observer,
        spans: Spans,
        settings: Settings,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._inner, self._spans, self._clock = inner, spans, clock
        self._kafka, self._group = settings.kafka, settings.worker.group

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        """Take in a segment's state before and after a record."""
        self._inner.saw(before, after)

    def did(
        self, topic: Topic, records: Sequence[Delivery], found: Sequence[Handled], seconds: float
    ) -> None:
        """Tell of records of a topic; a fault of ours here stops no record."""
        self._inner.did(topic, records, found, seconds)
        try:
            self._did(topic, records, found, seconds)
        except Exception as error:
            log.error("records cannot be traced", exc_info=error)

    def _did(
        self, topic: Topic, records: Sequence[Delivery], found: Sequence[Handled], seconds: float
    ) -> None:
        end = self._clock()
        start = end - int(seconds * 1e9)
        for record, handled in zip(records, found, strict=True):
            trace = context.of(record.headers) if record.headers else None
            if trace is None or not context.is_sampled(trace):
                continue
            said = {
                **operation(PROCESS, topic, self._kafka),
                **place(record.ref),
                "messaging.consumer.group.name": self._group,
                "messaging.batch.message_count": len(records),
                **_about(handled),
            }
            name = f"{PROCESS} {said['messaging.destination.name']}"
            span = self._spans.begin(name, Kind.CONSUMER, trace, said, at=start)
            span.end(_fault(handled), end)


def _about(handled: Handled) -> Said:
    """Return which incident a record is about, and which alerts follow: ids alone."""
    said: dict[str, str | Sequence[str]] = {}
    if handled.located is not None:
        said["forewarn.incident_id"] = handled.located.data.incident_id[:NAMED]
    if handled.judged is not None:
        observed, step = handled.judged.observation, handled.judged.step
        said["forewarn.segment_id"] = observed.segment_id[:NAMED]
        if (incident_id := _incident(observed)) is not None:
            said["forewarn.incident_id"] = incident_id[:NAMED]
        if step.alerts:
            said["forewarn.alert_ids"] = list(dict.fromkeys(a.alert_id for a in step.alerts))
    if handled.rejected is not None:
        said["forewarn.rejected"] = handled.rejected.value
    return said


def _incident(observed: Observed) -> str | None:
    match observed:
        case AssertObservation():
            return observed.effect.incident_id
        case RetractObservation():
            return observed.replaces.incident_id
    return None


def _fault(handled: Handled) -> str | None:
    """Return what is wrong with a record; that it belongs to no watched border is no fault."""
    reason = handled.rejected
    return reason.value if reason is not None and not reason.set_aside else None
