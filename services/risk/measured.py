"""What the worker tells of the records that it handles."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from datetime import datetime

import structlog
from prometheus_client import Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.domain.risk import SegmentState
from schemas.alert import Alert, Trigger
from schemas.assessment import Assessment
from schemas.event import IncidentEvent
from schemas.incident import IncidentReport, Traffic
from schemas.observation import AssertObservation
from schemas.topics import INCIDENTS, OBSERVATIONS, Topic
from services.metrics import table
from services.metrics.meters import Meters, family
from services.records import Delivery
from services.risk.handled import Handled, Judged
from services.risk.model_metrics import ModelMetrics
from services.risk.observing import Observer

log = structlog.get_logger(__name__)

LABEL_LENGTH = 64
"""How much of an incident's id an exemplar holds: the format allows 128 characters in all."""


class Measured(Observer):
    """Counts what passes each stage, and how long after it happened.

    Parameters
    ----------
    clock
        Tells what time it is; None: the latest record time that has been read, as in a replay,
        where every delay is one of the log's own time.
    """

    def __init__(
        self, meters: Meters, model: ModelMetrics, clock: Callable[[], datetime] | None
    ) -> None:
        self._model, self._clock = model, clock
        self._latest: datetime | None = None
        self._stages = meters.counter(table.PIPELINE)
        self._rejected = meters.counter(table.REJECTED)
        self._report_delay = meters.histogram(table.REPORT_DELAY)
        self._alert_delay = meters.histogram(table.ALERT_DELAY)
        self._records = meters.histogram(table.BATCH_RECORDS)
        self._seconds = meters.histogram(table.BATCH_SECONDS)
        self._probability = meters.histogram(table.PROBABILITY)
        self._heartbeat = meters.gauge(table.HEARTBEAT)

    def saw(self, before: SegmentState | None, after: SegmentState) -> None:
        """Take in a segment's state before and after a record."""
        self._model.saw(before, after)

    def did(
        self, topic: Topic, records: Sequence[Delivery], found: Sequence[Handled], seconds: float
    ) -> None:
        """Count what records of a topic came to; a fault of ours here stops no record."""
        try:
            self._did(topic, records, found, seconds)
        except Exception as error:
            log.error("metrics cannot take in records", exc_info=error)

    def _did(
        self, topic: Topic, records: Sequence[Delivery], found: Sequence[Handled], seconds: float
    ) -> None:
        self._records.labels(topic.name).observe(len(records))
        self._seconds.labels(topic.name).observe(seconds)
        latest = max(record.at for record in records)
        self._latest = max(self._latest or latest, latest)
        if topic is INCIDENTS:
            self._stages.labels("received").inc(len(records))
        for handled in found:
            if handled.rejected is not None:
                self._rejected.labels(handled.rejected.value).inc()
            if handled.located is not None:
                self._located(handled.located, handled)
            if handled.judged is not None:
                self._judged(handled.judged)

    def _located(self, report: IncidentEvent, handled: Handled) -> None:
        observations = sum(out.topic is OBSERVATIONS for out in handled.outgoing)
        self._stages.labels("located").inc(observations)
        told = report.data
        if told.traffic is not Traffic.ACTUAL:
            return
        exemplar = {"incident_id": told.incident_id[:LABEL_LENGTH]}
        self._delay(self._report_delay, "report", report.time, exemplar)
        if isinstance(told, IncidentReport) and told.revision == 1:
            self._delay(self._report_delay, "occurrence", told.occurred.start, exemplar)

    def _judged(self, judged: Judged) -> None:
        self._stages.labels("folded").inc()
        if judged.observation.traffic is Traffic.HEARTBEAT:
            self._heartbeat.set(judged.observation.recorded_at.timestamp())
        if judged.step.assessment is not None:
            self._scored(judged.step.assessment)
        for alert in judged.step.alerts:
            self._alerted(judged, alert)

    def _scored(self, assessed: Assessment) -> None:
        self._stages.labels("scored").inc()
        if assessed.traffic is Traffic.ACTUAL:
            for label, probability in assessed.probabilities:
                if probability is not None:
                    self._probability.labels(label).observe(probability)

    def _alerted(self, judged: Judged, alert: Alert) -> None:
        self._stages.labels("alerted").inc()
        observed = judged.observation
        if alert.trigger is not Trigger.REPORT or alert.traffic is not Traffic.ACTUAL:
            return
        assert isinstance(observed, AssertObservation)
        exemplar = {"incident_id": observed.effect.incident_id[:LABEL_LENGTH]}
        self._delay(self._alert_delay, "occurrence", observed.effect.start, exemplar)
        self._delay(self._alert_delay, "record", observed.recorded_at, exemplar)

    def _delay(
        self, metric: Histogram, since: str, moment: datetime, exemplar: Mapping[str, str]
    ) -> None:
        now = self._clock() if self._clock is not None else self._latest
        assert now is not None
        # Clocks of others may be ahead of ours.
        seconds = max(0.0, (now - moment).total_seconds())
        metric.labels(since).observe(seconds, dict(exemplar))


class TableKeys(Collector):
    """How many keys the worker's tables hold.

    Parameters
    ----------
    tables
        Each by its name.
    """

    def __init__(self, tables: Mapping[str, Sized]) -> None:
        self._tables = tables

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the number of keys of each table."""
        yield family(table.TABLE_KEYS, {(n,): float(len(t)) for n, t in self._tables.items()})
