"""The table of metrics, made into what Prometheus reads, and served with the probes."""

import re
import subprocess
from collections.abc import Iterator
from shutil import which
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY, generate_latest

from services.metrics.meters import Meters
from services.metrics.serving import PortTaken, Ready, served
from services.metrics.table import (
    ATTEMPTS,
    HEARTBEAT,
    PIPELINE,
    TABLE,
    Kind,
    Process,
)
from services.ports import free_port
from services.settings import Metrics, Settings

MOST_LABELS = 3


def test_every_name_is_one_of_ours_in_base_units_and_stands_once() -> None:
    names = [metric.name for metric in TABLE]
    assert len(set(names)) == len(names)
    for metric in TABLE:
        assert re.fullmatch(r"forewarn(_[a-z0-9]+)+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER), metric.name
        assert not re.search(r"_(ms|millis|minutes|hours|kb|percent)(_|$)", metric.name)
        assert metric.what[0].isupper() or metric.what[0].isdigit(), metric.name
        assert metric.what.endswith("."), metric.name
        assert len(metric.labels) <= MOST_LABELS, metric.name
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert bool(metric.buckets) is (metric.kind is Kind.HISTOGRAM), metric.name


def test_a_metric_is_made_once_and_only_as_what_it_is_and_by_whom_it_is_of() -> None:
    meters = Meters(Process.WORKER, "1")
    assert meters.counter(PIPELINE) is meters.counter(PIPELINE)
    with pytest.raises(ValueError, match="asked for as a gauge of worker"):
        meters.gauge(PIPELINE)
    with pytest.raises(ValueError, match=r"is a counter of notifier; asked for .* of worker"):
        meters.counter(ATTEMPTS)


def test_nothing_is_registered_globally() -> None:
    Meters(Process.LEDGER, "1").gauge(HEARTBEAT).set(1)
    assert "forewarn" not in generate_latest(REGISTRY).decode()


def test_metrics_are_off_unless_a_port_is_set() -> None:
    assert Settings().metrics.port is None
    with served(Metrics(), Meters(Process.WORKER, "1"), lambda: None) as port:
        assert port is None


class Asked:
    """A process that can be asked; ``why`` is why it is not ready."""

    def __init__(self) -> None:
        self.why: str | None = None
        self.meters = Meters(Process.WORKER, "1.2.3")
        self.where = Metrics(port=free_port())

    def ready(self) -> str | None:
        """Tell why it is not ready."""
        return self.why

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of an answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.where.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def asked() -> Iterator[Asked]:
    found = Asked()
    with served(found.where, found.meters, found.ready):
        yield found


def test_prometheus_reads_the_metrics_over_http(asked: Asked) -> None:
    asked.meters.counter(PIPELINE).labels("received").inc(3)
    status, text = asked.get("/metrics")
    assert status == 200
    assert 'forewarn_pipeline_records_total{stage="received"} 3.0' in text
    assert 'forewarn_build_info{process="worker",version="1.2.3"} 1.0' in text
    assert "process_resident_memory_bytes" in text
    assert "_created" not in text


def test_ready_says_why_not_and_alive_does_not_depend_on_it(asked: Asked) -> None:
    assert asked.get("/readyz") == (200, "ready\n")
    assert "forewarn_ready 1.0" in asked.get("/metrics")[1]
    asked.why = "restoring its tables for 3 s"
    assert asked.get("/readyz") == (503, "not ready: restoring its tables for 3 s\n")
    assert asked.get("/healthz") == (200, "alive\n")
    assert "forewarn_ready 0.0" in asked.get("/metrics")[1]


def test_what_cannot_be_found_out_is_not_ready_and_names_no_address() -> None:
    def away() -> str | None:
        raise ConnectionError("postgresql://user:secret@host")

    found = Asked()
    with served(found.where, found.meters, away):
        assert found.get("/readyz") == (503, "not ready: ConnectionError\n")


def test_any_other_path_is_told_what_there_is(asked: Asked) -> None:
    assert asked.get("/") == (404, "expected /metrics, /healthz or /readyz\n")


def test_a_port_that_is_taken_is_named(asked: Asked) -> None:
    ready: Ready = asked.ready
    with (
        pytest.raises(PortTaken, match=rf"METRICS__PORT: .*127.0.0.1:{asked.where.port}"),
        served(asked.where, Meters(Process.WORKER, "1"), ready),
    ):
        pass


@pytest.mark.parametrize("process", Process)
def test_promtool_finds_nothing_to_say(process: Process) -> None:
    promtool = which("promtool")
    if promtool is None:
        pytest.skip("no promtool (package prometheus)")
    meters = Meters(process, "1")
    for metric in TABLE:
        if process in metric.by:
            made = getattr(meters, metric.kind.value)(metric)
            if metric.labels:
                made.labels(*("x" for _ in metric.labels))
    told = generate_latest(meters.registry)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=told, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr.decode()) == (0, "")
