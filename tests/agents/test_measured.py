"""What the worker counts of the records that it handles."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from prometheus_client.openmetrics.exposition import generate_latest

from models.engine import Engine
from models.escalation import artifact
from models.escalation.registry import newest
from schemas.incident import Traffic
from schemas.observation import Observed
from schemas.topics import INCIDENTS, OBSERVATIONS, Topic
from services import records
from services.metrics.meters import Meters
from services.metrics.table import Process
from services.records import Delivery, Outgoing
from services.risk.handlers import Assessing, Handler, Locating
from services.risk.measured import Measured, TableKeys
from services.risk.model_metrics import ModelMetrics
from tests.builders import NOON, asserted, at, effect, event, ref, report

LATE = at(1)
"""An hour after what is reported took place."""


class Watched:
    """A worker that is measured, whose clock stands at ``LATE``."""

    def __init__(self, decisions: Engine, *, replays: bool = False) -> None:
        self.meters = Meters(Process.WORKER, "1")
        clock = None if replays else lambda: LATE
        self.measured = Measured(
            self.meters, ModelMetrics(decisions, artifact.load(newest()).manifest), clock
        )
        self._engine, self._offset = decisions, 0

    def locate(self, *given: Outgoing) -> None:
        """Handle reports."""
        self._handle(Locating(self._engine), given, INCIDENTS)

    def assess(self, *observed: Observed) -> None:
        """Handle observations."""
        handler = Assessing(self._engine, self.measured)
        self._handle(handler, [records.observation(o) for o in observed], OBSERVATIONS)

    def value(self, name: str, **labels: str) -> float | None:
        """Return a sample as Prometheus would read it; None where there is none."""
        return self.meters.registry.get_sample_value(name, labels)

    def _handle(self, handler: Handler, given: Sequence[Outgoing], topic: Topic) -> None:
        found = [
            Delivery(ref(number, topic=topic.name), one.key, one.value, one.headers, one.at)
            for number, one in enumerate(given, start=self._offset)
        ]
        self._offset += len(found)
        self.measured.did(topic, found, handler.handle(found, {}), 0.02)


def reported(minutes: int = 30) -> Outgoing:
    return records.incident(event(report(), NOON + timedelta(minutes=minutes)))


def test_each_stage_is_counted_and_rejects_by_their_reason(decisions: Engine) -> None:
    worker = Watched(decisions)
    broken = replace(reported(), value=b"no report")
    worker.locate(reported(), broken)
    assert worker.value("forewarn_pipeline_records_total", stage="received") == 2
    assert worker.value("forewarn_pipeline_records_total", stage="located") == 1
    assert worker.value("forewarn_rejected_records_total", reason="not-json") == 1
    worker.assess(asserted(effect(deaths=3)))
    assert worker.value("forewarn_pipeline_records_total", stage="folded") == 1
    assert worker.value("forewarn_pipeline_records_total", stage="scored") == 1
    assert worker.value("forewarn_pipeline_records_total", stage="alerted") == 1
    assert worker.value("forewarn_batch_records_sum", topic="incidents") == 2
    assert worker.value("forewarn_batch_seconds_sum", topic="observations") == 0.02


def test_delays_are_from_what_happened_on_the_workers_clock(decisions: Engine) -> None:
    worker = Watched(decisions)
    worker.locate(reported(minutes=30))
    assert worker.value("forewarn_report_delay_seconds_sum", since="occurrence") == 3_600
    assert worker.value("forewarn_report_delay_seconds_sum", since="report") == 1_800
    worker.assess(asserted(effect(deaths=3)))
    assert worker.value("forewarn_alert_delay_seconds_sum", since="occurrence") == 3_600
    assert worker.value("forewarn_alert_delay_seconds_count", since="record") == 1


def test_a_replay_measures_on_the_clock_of_its_log(decisions: Engine) -> None:
    worker = Watched(decisions, replays=True)
    worker.locate(reported(minutes=0))
    assert worker.value("forewarn_report_delay_seconds_sum", since="report") == 0


def test_an_exemplar_names_the_incident(decisions: Engine) -> None:
    worker = Watched(decisions)
    worker.assess(asserted(effect("I-7", deaths=3)))
    told = generate_latest(worker.meters.registry).decode()  # type: ignore[no-untyped-call]
    assert '# {incident_id="I-7"} 3600.0' in told


def test_exercises_are_counted_but_not_timed_and_not_in_the_distribution(
    decisions: Engine,
) -> None:
    worker = Watched(decisions)
    drill = asserted(effect(deaths=3)).model_copy(update={"traffic": Traffic.EXERCISE})
    worker.assess(drill)
    assert worker.value("forewarn_pipeline_records_total", stage="alerted") == 1
    assert worker.value("forewarn_alert_delay_seconds_count", since="record") is None
    assert worker.value("forewarn_assessment_probability_count", label="fatal_7d") is None
    worker.locate(records.incident(event(report(traffic=Traffic.EXERCISE), NOON)))
    assert worker.value("forewarn_pipeline_records_total", stage="located") == 1
    assert worker.value("forewarn_report_delay_seconds_count", since="report") is None


def test_a_heartbeat_leaves_its_time(decisions: Engine) -> None:
    worker = Watched(decisions)
    worker.assess(asserted(effect()))
    assert worker.value("forewarn_heartbeat_timestamp_seconds") == 0
    beat = asserted(effect()).model_copy(update={"traffic": Traffic.HEARTBEAT})
    worker.assess(beat)
    assert worker.value("forewarn_heartbeat_timestamp_seconds") == beat.recorded_at.timestamp()


def test_a_fault_of_the_metrics_stops_no_record(decisions: Engine) -> None:
    Watched(decisions).measured.did(INCIDENTS, [], [], 0.0)


def test_tables_are_told_by_how_many_keys_they_hold() -> None:
    meters = Meters(Process.WORKER, "1")
    meters.registry.register(TableKeys({"segments-v4": {b"a": b"", b"b": b""}}))
    assert meters.registry.get_sample_value("forewarn_table_keys", {"table": "segments-v4"}) == 2


def test_a_hundred_times_as_many_incidents_make_no_more_series(decisions: Engine) -> None:
    worker = Watched(decisions)

    def handle(first: int, count: int) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        names = [f"I-{number}" for number in range(first, first + count)]
        worker.locate(*(_named(name) for name in names))
        worker.assess(*(asserted(effect(name, deaths=3), offset=first) for name in names))
        return {
            (sample.name, tuple(sorted(sample.labels.items())))
            for family in worker.meters.registry.collect()
            for sample in family.samples
        }

    few = handle(0, 5)
    assert len(few) > 50
    assert handle(5, 495) == few


def _named(name: str) -> Outgoing:
    return records.incident(event(report(incident_id=name), NOON + timedelta(minutes=30)))
